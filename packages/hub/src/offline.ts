import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MusterError } from "@muster/core";
import type { Instant } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { verifyAuditChain } from "./access/audit-log.ts";
import type { AuditVerdict } from "./access/audit-log.ts";
import { isFleetCheckpoint } from "./access/checkpoint-proof.ts";
import { checkStore, exportStore, importStore } from "./metrics/catalog.ts";
import type { ExportOutcome, ImportOutcome, StoreReport } from "./metrics/catalog.ts";
import { holdDataDirectory } from "./state/data-directory.ts";
import { openState } from "./state/database.ts";
import { VERSION } from "./version.ts";

const METRIC_FILE = "metrics.db";

/** Checks the audit chain of a data directory; a hub may run on it meanwhile. Throws NOT_FOUND when there is none. */
export async function verifyAudit(dataDir: string): Promise<AuditVerdict> {
  const path = join(dataDir, "state.db");
  const certificatePath = join(dataDir, "keys", "hub.cert.json");
  if (!existsSync(path) || !existsSync(certificatePath))
    throw new MusterError("NOT_FOUND", { message: `There is no hub's data in ${dataDir}.` });
  const db = await openState(path);
  try {
    return await verifyAuditChain(
      db,
      join(dataDir, "audit-checkpoints.log"),
      isFleetCheckpoint(readFileSync(certificatePath, "utf8")),
    );
  } finally {
    await db.destroy();
  }
}

/** Which servers are meant; all when `serverIds` is absent. */
export interface ServerSelection {
  readonly serverIds?: readonly string[];
}

/** Reads all of the metric file of a data directory. Throws NOT_FOUND, and DATA_DIRECTORY_IN_USE while a hub runs on it. */
export const checkMetricStore = async (dataDir: string): Promise<StoreReport> =>
  withMetricFile(dataDir, "store check", (path) => checkStore(path));

/** Writes the metrics of a data directory into a new file. Throws like the check, and CONFLICT where there is a file. */
export const exportMetricStore = async (
  dataDir: string,
  file: string,
  now: Instant,
  servers: ServerSelection,
): Promise<ExportOutcome> =>
  withMetricFile(dataDir, "store export", (path) => exportStore(path, file, { ...servers, madeBy: VERSION, now }));

/** Puts what a store file has into a data directory, whose metrics may be missing yet. Throws DATA_DIRECTORY_IN_USE. */
export const importMetricStore = async (
  dataDir: string,
  file: string,
  now: Instant,
  servers: ServerSelection,
): Promise<ImportOutcome> => withHold(dataDir, "store import", (path) => importStore(path, file, { ...servers, now }));

function withMetricFile<Answer>(dataDir: string, purpose: string, act: (path: string) => Answer): Answer {
  if (!existsSync(join(dataDir, METRIC_FILE)))
    throw new MusterError("NOT_FOUND", { message: `There are no metrics in ${dataDir}.` });
  return withHold(dataDir, purpose, act);
}

/** No hub may write while it runs, and none can start. */
function withHold<Answer>(dataDir: string, purpose: string, act: (path: string) => Answer): Answer {
  const since = new Date(systemClock.now()).toISOString();
  const data = holdDataDirectory(dataDir, { pid: process.pid, listen: `nothing (muster ${purpose})`, since });
  try {
    return act(data.file(METRIC_FILE));
  } finally {
    data.release();
  }
}
