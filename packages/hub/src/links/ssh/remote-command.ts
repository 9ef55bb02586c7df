import { shellWords } from "./shell-words.ts";

/** All that a program started here sees of an environment: the same as under an agent. */
const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"];
const SUDO = ["/usr/bin/sudo", "-n", "--"];

/** Who runs programs: the user who logged in, or root by `sudo -n`. */
export type Runner = "self" | "sudo";

/** What a program reads: nothing, or what is sent to it. */
export type Feeding = "nothing" | "fed";

/**
 * The text by which the login shell becomes a program: the leader of its session's process group, with nothing on its
 * standard input. Its two outputs begin with a line of the token and its process id, so that what start files of the
 * shell say goes before; the word `none` says that there is no such program. The session's standard input is a life
 * line: when it ends, with the channel, the connection or this hub, the whole group is ended. One that is fed reads it
 * itself, and must end when it ends early.
 */
export function programCommand(
  argv: readonly string[],
  token: string,
  runner: Runner,
  feeding: Feeding = "nothing",
): string {
  const [program = ""] = argv;
  if (!program.startsWith("/")) throw new Error("a program is run by its absolute path only");
  const mark = (word: string): string =>
    `printf '\\n%s %s\\n' ${token} ${word}; printf '\\n%s %s\\n' ${token} ${word} >&2`;
  const file = shellWords([program]);
  const lifeLine = [
    "exec 3<&0 </dev/null",
    `{ read -r line <&3; [ -d /proc/$$ ] && ${killGroup("$$", runner)}; } >/dev/null 2>&1 &`,
    "exec 3<&-",
  ];
  return [
    // Start files may have it say each line, also those after the mark.
    "set +vx",
    ...(feeding === "fed" ? [] : lifeLine),
    "cd /",
    // What an ordinary user cannot see may still be there for root.
    ...(runner === "sudo" ? [] : [`[ -f ${file} ] && [ -x ${file} ] || { ${mark("none")}; exit 127; }`]),
    mark("$$"),
    `exec ${shellWords(["/usr/bin/env", "-i", ...ENVIRONMENT, ...(runner === "sudo" ? SUDO : []), ...argv])}`,
  ].join("\n");
}

/**
 * Ends a process group: text for a shell, `group` being a number or the shell's own `$$`. By the shell's own kill, in
 * the one spelling that dash, BusyBox and bash understand: the program /bin/kill of Debian 12 (procps 4.0.2) takes a
 * negative number without `--` before it for another, and so may end every process of the server.
 */
export function killGroup(group: string, runner: Runner): string {
  const kill = `case $(command -v kill) in /*) kill -KILL -- "-$1" ;; *) kill -KILL "-$1" ;; esac`;
  return `${runner === "sudo" ? `${SUDO.join(" ")} ` : ""}/bin/sh -c ${shellWords([kill])} sh "${group}"`;
}
