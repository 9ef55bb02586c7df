import { isIP } from "node:net";

/** Where to: a host as it is compared everywhere, without brackets and in lower case, and a port. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Reads an address of http or https. Undefined for other schemes, for user names and passwords in it, and for what is
 * none. The parser of the standard turns 2852039166, 0x7f.1, 127.1 and full-width digits into what they mean.
 */
export function parseHttpUrl(text: string): { readonly url: URL; readonly target: EgressTarget } | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const standardPort = DEFAULT_PORTS[url.protocol];
  if (standardPort === undefined || url.username !== "" || url.password !== "" || url.hostname === "") return undefined;
  const port = url.port === "" ? standardPort : Number(url.port);
  return port === 0 ? undefined : { url, target: { host: unbracketed(url.hostname), port } };
}

/** Reads a host and a port the same way; undefined when they are none. */
export function parseTarget(host: string, port: number): EgressTarget | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || /[/?#@\\\s]/.test(host)) return undefined;
  const text = isIP(host) === 6 ? `[${host}]` : host;
  if (text.includes(":") && isIP(host) !== 6) return undefined;
  const parsed = parseHttpUrl(`http://${text}:${port}/`);
  return parsed === undefined ? undefined : { host: parsed.target.host, port };
}

/** `host:port` as an opened list says it, `[::1]:80` for IPv6. Undefined when it is none. */
export function parseHostPort(text: string): EgressTarget | undefined {
  const [, host = "", port = ""] = /^(\[[0-9a-fA-F:.]+\]|[^:]+):([0-9]{1,5})$/.exec(text) ?? [];
  return host === "" ? undefined : parseTarget(unbracketed(host), Number(port));
}

export const targetText = ({ host, port }: EgressTarget): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** Whether a list opens exactly this host and port: another name of the same address is another target. */
export const isOpened = (target: EgressTarget, opened: readonly string[]): boolean =>
  opened.some((text) => {
    const entry = parseHostPort(text);
    return entry !== undefined && entry.host === target.host && entry.port === target.port;
  });

const unbracketed = (host: string): string => (host.startsWith("[") ? host.slice(1, -1) : host);
