import { session } from "../api/session.ts";

/**
 * Host keys that the person approved while adding a server, by the server's id: the hub can be told only once it has
 * seen the key itself. They last as long as the page, for the person who approved them.
 */
const approved = new Map<string, string>();

// Whoever signs in next at this page approves nothing that the person before looked at.
session.subscribe(() => {
  if (session.get() === null) approved.clear();
});

/** Notes that this fingerprint is the server's, as the person says. */
export const noteApproved = (serverId: string, fingerprint: string): void => void approved.set(serverId, fingerprint);

/** The fingerprint that was approved beforehand; undefined where none was, or it was used already. */
export const approvedBefore = (serverId: string): string | undefined => approved.get(serverId);

/** Forgets it: it was used, or somebody decided otherwise. */
export const forgetApproved = (serverId: string): void => void approved.delete(serverId);
