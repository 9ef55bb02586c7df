import { isHost, portFrom } from "./host-and-port.ts";

/** Where a server is reached by SSH, and as whom. */
export interface SshAddress {
  /** A name, an IPv4 or an IPv6 address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.@+\\$-]{0,63}$/;

/** A user's name on a server, also of a domain. */
export const isSshUser = (text: string): boolean => USER.test(text);

/**
 * What is wrong with an address, by its fields; undefined when nothing is. The one check for whatever an address comes
 * from: it lets no option, no space and no control character through, so that none can become another argument or line.
 */
export function sshAddressProblems({
  host,
  port,
  user,
}: SshAddress): Readonly<Partial<Record<keyof SshAddress, string>>> | undefined {
  const problems: Partial<Record<keyof SshAddress, string>> = {};
  if (!isHost(host)) problems.host = "write a host name of letters, digits, dots and hyphens, or an IP address";
  if (portFrom(port) === undefined) problems.port = "write a number from 1 to 65535";
  if (!isSshUser(user)) problems.user = "write a user name of letters, digits and . _ - @ + $ \\, not beginning with -";
  return Object.keys(problems).length === 0 ? undefined : problems;
}
