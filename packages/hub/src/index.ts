export { runHub, startHub } from "./run-hub.ts";
export { checkMetricStore, exportMetricStore, importMetricStore, verifyAudit } from "./offline.ts";
export type { RunningHub } from "./start-hub.ts";
export { createMetricStore } from "./metrics/catalog.ts";
export { BoxTurns } from "./links/pull/box-turns.ts";
export { createPullAdapter } from "./links/pull/catalog.ts";
export { PullPoller } from "./links/pull/pull-poller.ts";
export { loadSsh } from "./links/ssh/load-ssh.ts";
