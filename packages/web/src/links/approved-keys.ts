/**
 * Host keys that the person approved while adding a server, by the server's id: the hub can be told only once it has
 * seen the key itself. They last as long as the page.
 */
const approved = new Map<string, string>();

/** Notes that this fingerprint is the server's, as the person says. */
export const noteApproved = (serverId: string, fingerprint: string): void => void approved.set(serverId, fingerprint);

/** The fingerprint that was approved beforehand; undefined where none was, or it was used already. */
export const approvedBefore = (serverId: string): string | undefined => approved.get(serverId);

/** Forgets it: it was used, or somebody decided otherwise. */
export const forgetApproved = (serverId: string): void => void approved.delete(serverId);
