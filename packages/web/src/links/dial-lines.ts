import { isDialAddress } from "@muster/protocol";

/** How an agent that the hub dials is to run: as a service of its own user, or in the shell in which it is started. */
export type DialRun = "service" | "shell";

/** Lines for the server, in the order in which they are run; undefined where one is not needed. */
export interface DialLines {
  readonly copy: string;
  readonly install: string | undefined;
  readonly certificate: string | undefined;
  readonly start: string;
}

/** Whether whoever is on the way can read along: without TLS, and not into a tunnel that begins on the hub's machine. */
export const isReadOnTheWay = (dial: string): boolean =>
  isDialAddress(dial) && !isTls(dial) && !isLoopback(new URL(dial).hostname);

/** What an agent takes as an address to listen at: host:port, or a port of loopback. */
export function isListenAddress(text: string): boolean {
  const [, port = ""] = /^(?:(?:\[[\da-f:.]+\]|[a-z\d._-]+):)?(\d{1,5})$/i.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}

/**
 * Where an agent most likely listens that is dialled there. A name may mean another address on the server itself, so it
 * listens at all of them; behind an address of loopback is a tunnel, whose other end is the agent's own default.
 */
export function listenOf(dial: string): string {
  const { hostname, port, protocol } = new URL(dial);
  if (isLoopback(hostname)) return "127.0.0.1:8766";
  const isAddress = /^\[|^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  return `${isAddress ? hostname : "0.0.0.0"}:${port || (protocol === "wss:" ? 443 : 80)}`;
}

/** The token goes in by a pipe from the shell itself, and so stands in no process list. */
export function dialLines(asked: {
  readonly run: DialRun;
  readonly name: string;
  readonly dial: string;
  readonly listen: string;
  readonly token: string;
}): DialLines {
  const { run, name, dial, listen, token } = asked;
  const { hostname } = new URL(dial);
  const place = run === "service" ? "/etc/muster/agent" : '"$HOME"/muster-agent';
  const tls = isTls(dial) ? ` --tls-cert ${place}.crt --tls-key ${place}.key` : "";
  const told = `--name ${shellWord(name)} --listen ${shellWord(listen)}${tls}`;
  const certificate =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650" +
    ` -keyout ${place}.key -out ${place}.crt -subj /CN=muster-agent`;
  const target = isLoopback(hostname) ? name : hostname;
  const given = `printf %s ${shellWord(token)} |`;
  if (run === "shell")
    return {
      copy: `scp agent.mjs ${shellWord(`${target}:`)}`,
      install: undefined,
      certificate: tls === "" ? undefined : certificate,
      start: `${given} node agent.mjs serve ${told} --state "$HOME"/muster-agent`,
    };
  return {
    copy: `scp agent.mjs ${shellWord(`root@${target}:`)}`,
    install: `node agent.mjs install --listen ${shellWord(listen)}${tls}`,
    certificate: tls === "" ? undefined : `${certificate} && chown muster-agent ${place}.key`,
    // The installation puts a Node.js beside the program where the agent's user could not reach root's own.
    start:
      `${given} setpriv --reuid=muster-agent --regid=muster-agent --init-groups env PATH="/usr/local/lib/muster:$PATH"` +
      ` node /usr/local/lib/muster/agent.mjs join ${told} --state /var/lib/muster-agent && systemctl start muster-agent`,
  };
}

/** The part of a join token by which the hub tells of it. */
export const joinTokenId = (token: string): string => token.split(".")[1] ?? "";

const isTls = (dial: string): boolean => /^wss:/i.test(dial);

const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

/** One word of a POSIX shell, whatever is in it. */
const shellWord = (text: string): string =>
  /^[\w.:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
