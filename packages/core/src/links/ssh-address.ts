/** Where a server is reached by SSH, and as whom. */
export interface SshAddress {
  /** A name, an IPv4 or an IPv6 address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

const HOST_CHARACTERS_MAX = 253;
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
/** Two colons at least: with one it would be a host and a port. */
const IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/;
const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.@+\\$-]{0,127}$/;

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
  if (host.length > HOST_CHARACTERS_MAX || !(NAME.test(host) || IPV6.test(host)))
    problems.host = "write a host name of letters, digits, dots and hyphens, or an IP address";
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.port = "write a number from 1 to 65535";
  if (!USER.test(user)) problems.user = "write a user name of letters, digits and . _ - @ + $ \\, not beginning with -";
  return Object.keys(problems).length === 0 ? undefined : problems;
}
