/** What answers at the other end of a pull link. */
export const PULL_KIND_NAMES = ["ipvtl", "virgilio", "server-monitor", "node-exporter"] as const;
export type PullKindName = (typeof PULL_KIND_NAMES)[number];
