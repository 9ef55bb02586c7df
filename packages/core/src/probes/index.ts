export * from "./fields.ts";
export * from "./kinds.ts";
export * from "./panels/index.ts";
export * from "./tailscale/tailscale-status.ts";
export type { ProbeAct, ProbeChart, ProbeKindEntry, ProbeReach } from "./probe-kind-entry.ts";
export * from "./probe-result.ts";
export * from "./probe-verdict.ts";
export * from "./tally-probe.ts";
