export { runHub, startHub } from "./run-hub.ts";
export { checkMetricStore, exportMetricStore, importMetricStore, verifyAudit } from "./offline.ts";
export type { RunningHub } from "./start-hub.ts";
export { createMetricStore } from "./metrics/catalog.ts";
export { loadSsh } from "./links/ssh/load-ssh.ts";
