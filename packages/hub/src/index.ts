export { runHub, startHub } from "./run-hub.ts";
export { checkMetricStore, exportMetricStore, importMetricStore, verifyAudit } from "./offline.ts";
export type { RunningHub } from "./start-hub.ts";
export { createMetricStore } from "./metrics/catalog.ts";
export { connectSsh } from "./links/ssh/ssh-connection.ts";
export { SshHost } from "./links/ssh/ssh-host.ts";
export { SshLine } from "./links/ssh/ssh-line.ts";
