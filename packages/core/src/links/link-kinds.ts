/** How the hub reaches a server. */
export const LINK_KINDS = ["agent", "ssh", "pull", "push"] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/**
 * How a link is now that the hub keeps itself. `waiting`: not tried yet. `host-key`: an unknown or changed host key waits
 * for a person. `login`: the server does not let the hub in, which is not tried again until the settings change.
 */
export const LINK_STATES = ["waiting", "ok", "failing", "host-key", "login"] as const;
export type LinkState = (typeof LINK_STATES)[number];
