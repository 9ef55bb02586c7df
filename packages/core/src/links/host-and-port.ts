const HOST_CHARACTERS_MAX = 253;
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
/** Two colons at least: with one it would be a host and a port. */
const IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/;

/** A host's name, an IPv4 or an IPv6 address without brackets. It never begins with a dash, which a program could take for an option. */
export const isHost = (text: string): boolean =>
  text.length <= HOST_CHARACTERS_MAX && (NAME.test(text) || IPV6.test(text));

/** Whether a host's name or address never leaves its machine; also with the brackets that an address has in a URL. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/.test(host);

/** A port, also as digits in a text. */
export function portFrom(value: unknown): number | undefined {
  const port = typeof value === "string" && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** `host:port`, with the brackets that an address of IPv6 needs. */
export const hostPort = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** Host and port of `host`, `host:port`, `[address]:port` or a plain address of IPv6; undefined when it is none of them. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  if (text.length <= HOST_CHARACTERS_MAX && IPV6.test(text)) return { host: text, port: undefined };
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? undefined : portFrom(portText);
  return host === undefined || (portText !== undefined && port === undefined) ? undefined : { host, port };
}
