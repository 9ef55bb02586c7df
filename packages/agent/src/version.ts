/** The program's version, shown in the panel. */
export const AGENT_VERSION = "0.1.0";

/**
 * When this version was made. No clock of a machine that runs it can be right and below this, so certificates are
 * judged by at least this instant: a machine that starts in 1970 still finds its hub.
 */
export const AGENT_BUILT_AT = Date.UTC(2026, 10, 21);
