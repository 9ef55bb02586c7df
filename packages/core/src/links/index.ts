export { LINK_KINDS, LINK_STATES } from "./link-kinds.ts";
export type { LinkKind, LinkState } from "./link-kinds.ts";
export { HEARTBEAT_METRICS_MAX, heartbeatSamples } from "./heartbeat.ts";
export type { Heartbeat, HeartbeatReading } from "./heartbeat.ts";
export * from "./host-and-port.ts";
export * from "./ssh-address.ts";
