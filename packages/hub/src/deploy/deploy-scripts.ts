import { shellScript } from "../links/ssh/shell-words.ts";

// Small programs for a server's root. Their text is fixed; what they act on are arguments.
const SHELL = "/bin/sh";
export const PROGRAM_DIRECTORY = "/usr/local/lib/muster";
export const PROGRAM = `${PROGRAM_DIRECTORY}/agent.mjs`;
export const RUNTIME = `${PROGRAM_DIRECTORY}/node`;
export const UNIT = "muster-agent.service";
export const STATE_DIRECTORY = "/var/lib/muster-agent";
export const USER = "muster-agent";
/** The program that an upgrade replaces, until the new one has shown itself. */
const BEFORE = `${PROGRAM}.before`;
const ENVIRONMENT = "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C";

/** What there is; `parseDeployFacts` reads the answer. */
const FACTS = shellScript`
unit=/etc/systemd/system/${UNIT}
say() { [ -z "$2" ] || printf '%s=%s\n' "$1" "$2"; }
told() { sed -n "s|^$1||p" "$unit" 2>/dev/null | head -n 1; }
say system "$(uname -s)"
say machine "$(uname -m)"
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) && say libc "\${libc%% *}"
for file in /lib/ld-musl-*; do [ -e "$file" ] && say libc musl; done
[ -d /run/systemd/system ] && say systemd yes
command -v setpriv >/dev/null && say setpriv yes
for place in ${PROGRAM_DIRECTORY} /usr/local/lib /usr/local /usr /; do
  [ -d "$place" ] && { say free "$(stat -f -c '%a %S' "$place")"; break; }
done
[ -e "$unit" ] && say unit yes
state=$(told Environment=MUSTER_AGENT_STATE=)
say state "$state"
say user "$(told User=)"
say joined "$(sed -n 's/.*"serverId": *"\([0-9a-f-]*\)".*/\1/p' "\${state:-${STATE_DIRECTORY}}/identity.json" 2>/dev/null | head -n 1)"
running=$(told ExecStart=)
for node in "\${running%% *}" ${RUNTIME} "$(command -v node)" /usr/local/bin/node /usr/bin/node /opt/node/bin/node; do
  [ -x "$node" ] && say node "$("$node" -p process.versions.node 2>/dev/null) $node"
done
exit 0
`;
export const factsArgv = (): readonly string[] => [SHELL, "-c", FACTS, "sh"];

export const installArgv = (node: string): readonly string[] => [node, PROGRAM, "install"];

/** Joins as the agent's own user; the token comes by standard input, because all users of a server see arguments. */
const JOIN = `user=$1; shift; exec setpriv --reuid="$user" --regid="$user" --init-groups ${ENVIRONMENT} "$@"`;
export const joinArgv = (join: {
  readonly node: string;
  readonly user: string;
  readonly stateDirectory: string;
  readonly hubUrl: string;
  readonly name: string;
}): readonly string[] => [
  ...[SHELL, "-c", JOIN, "sh", join.user, join.node, PROGRAM, "join", join.hubUrl],
  ...["--state", join.stateDirectory, "--name", join.name, "--again"],
];

const CONTROL = `exec systemctl "$1" -- ${UNIT}`;
export const controlArgv = (verb: "start" | "stop"): readonly string[] => [SHELL, "-c", CONTROL, "sh", verb];

/** Whether the unit runs, in systemd's words. */
export const unitStateArgv = (): readonly string[] => [
  ...[SHELL, "-c", `exec systemctl show -p ActiveState --value -- ${UNIT}`, "sh"],
];

/** The last line of the agent's own log, for whoever looks why it does not come. */
export const unitLogArgv = (): readonly string[] => [
  ...[SHELL, "-c", `exec journalctl -q -n 1 -o cat --no-pager -u ${UNIT}`, "sh"],
];

/**
 * Takes an agent away as if it had never been: by its own program as long as that runs, and what is left of it by hand. What
 * cannot be removed is said.
 */
const REMOVE = shellScript`
node=$1 unit=/etc/systemd/system/${UNIT}
if [ -e ${PROGRAM} ] && [ -x "$node" ] && "$node" ${PROGRAM} uninstall --purge; then :
else
  systemctl disable --now --quiet -- ${UNIT} 2>/dev/null
  rm -f -- "$unit"
  systemctl daemon-reload 2>/dev/null
fi
rm -f -- ${PROGRAM} ${RUNTIME} ${BEFORE} ${PROGRAM}.new-* ${RUNTIME}.new-*
rmdir -- ${PROGRAM_DIRECTORY} 2>/dev/null
[ ! -e "$unit" ] && [ ! -e ${PROGRAM} ] && [ ! -e ${RUNTIME} ]
`;
export const removeArgv = (node: string): readonly string[] => [SHELL, "-c", REMOVE, "sh", node];

/** Keeps the program that runs now beside the one that comes. */
export const keepArgv = (): readonly string[] => [SHELL, "-c", `exec cp -p -- ${PROGRAM} ${BEFORE}`, "sh"];
/** Puts it back. */
export const putBackArgv = (): readonly string[] => [SHELL, "-c", `exec mv -f -- ${BEFORE} ${PROGRAM}`, "sh"];
export const forgetArgv = (): readonly string[] => [SHELL, "-c", `exec rm -f -- ${BEFORE}`, "sh"];

export const idArgv = (): readonly string[] => ["/usr/bin/id", "-u"];
export const versionArgv = (node: string): readonly string[] => [node, "--version"];
