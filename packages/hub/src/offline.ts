import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MusterError } from "@muster/core";
import { verifyAuditChain } from "./access/audit-log.ts";
import type { AuditVerdict } from "./access/audit-log.ts";
import { isFleetCheckpoint } from "./access/checkpoint-proof.ts";
import { openState } from "./state/database.ts";

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
