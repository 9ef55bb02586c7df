export { runHub, startHub } from "./run-hub.ts";
export { verifyAudit } from "./offline.ts";
export type { RunningHub } from "./start-hub.ts";
export { createMetricStore } from "./metrics/catalog.ts";
