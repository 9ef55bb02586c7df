/** Host and port of `host:port`; brackets of an IPv6 host are taken off, an empty host means all addresses. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(":");
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(text.slice(at + 1)) };
}

/** Whether only programs of this machine can reach a listener on this host. */
export const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);

/** The host as it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);
