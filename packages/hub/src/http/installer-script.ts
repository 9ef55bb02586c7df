export interface InstallerConfig {
  readonly url: string;
  readonly isSelfMadeTls: boolean;
  readonly agentSha256: string;
  readonly runtimeSha256: string;
  /** As `uname -m` says it. */
  readonly runtimeArchitecture: string;
}

/**
 * The installer: POSIX shell, run as root on the server that joins, the token on standard input. It installs one
 * program file and, where no Node is new enough, a runtime beside it; makes a user of its own; joins; starts a unit.
 */
export const installerScript = (config: InstallerConfig): string => `#!/bin/sh
# Muster agent installer for ${config.url}. Reads the join token from standard input.
set -eu
URL='${config.url}'
AGENT_SHA256='${config.agentSha256}'
NODE_SHA256='${config.runtimeSha256}'
NODE_ARCH='${config.runtimeArchitecture}'
DIR=/usr/local/lib/muster
STATE=/var/lib/muster-agent
say() { echo "muster: $*"; }
die() { echo "muster: $*" >&2; exit 1; }
NAME=
while [ $# -gt 0 ]; do
  case $1 in
    --name) NAME=$2; shift 2;;
    *) die "unknown argument $1; usage: sh muster-agent.sh [--name NAME] <token";;
  esac
done
[ "$(id -u)" = 0 ] || die "run this as root (sudo)"
[ "$(uname -s)" = Linux ] || die "only Linux servers can run the agent"
TOKEN=$(cat)
[ -n "$TOKEN" ] || die "no join token on standard input"
fetch() { # PATH FILE SHA256
  curl -fsSL${config.isSelfMadeTls ? "k" : ""} "$URL$1" -o "$2.new" || die "cannot download $URL$1"
  echo "$3  $2.new" | sha256sum -c --quiet - >/dev/null || die "$1 is not what the hub announced"
  mv "$2.new" "$2"
}
mkdir -p "$DIR"; chmod 755 "$DIR"
fetch /agent/agent.mjs "$DIR/agent.mjs" "$AGENT_SHA256"
chmod 644 "$DIR/agent.mjs"
NODE=
for candidate in "$DIR/node" "$(command -v node || true)"; do
  [ -x "$candidate" ] || continue
  major=$("$candidate" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -ge 24 ]; then NODE=$candidate; break; fi
done
case $NODE in /root/*|/home/*) NODE=;; esac
if [ -z "$NODE" ]; then
  [ "$(uname -m)" = "$NODE_ARCH" ] || die "this machine needs Node.js 24 or newer; install it and run this again"
  say "no Node.js 24 here; taking the hub's own"
  fetch /agent/node "$DIR/node" "$NODE_SHA256"
  chmod 755 "$DIR/node"
  NODE=$DIR/node
fi
# Its user, directories, unit and the rights that a policy already here needs; it starts once there is an identity.
HAD=no; [ ! -e "$STATE/identity.json" ] || HAD=yes
"$NODE" "$DIR/agent.mjs" install --state "$STATE" >/dev/null || die "installing failed"
as_agent() { setpriv --reuid=muster-agent --regid=muster-agent --init-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C "$@"; }
if [ "$HAD" = no ]; then
  if [ -n "$NAME" ]; then set -- --name "$NAME"; else set --; fi
  printf %s "$TOKEN" | as_agent "$NODE" "$DIR/agent.mjs" join "$URL" --state "$STATE" "$@" || die "joining failed"
else
  say "this server has joined before; keeping its identity"
fi
if [ -d /run/systemd/system ]; then
  [ "$HAD" = yes ] || systemctl restart muster-agent.service
  say "installed and running: systemctl status muster-agent"
else
  say "no systemd here; keep this running as user muster-agent: $NODE $DIR/agent.mjs run --state $STATE"
fi
`;
