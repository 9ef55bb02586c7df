import type { ResultBody } from "@muster/protocol";
import type { AuditEntry } from "../access/audit-log.ts";
import type { ActionRow } from "../state/schema.ts";

/** How the log names an action that was written down. */
export const actionEntry = (row: ActionRow): Omit<AuditEntry, "decision" | "reason"> => ({
  actor: row.actor,
  door: row.door,
  action: row.action,
  target: row.server_name,
  args: {
    serverId: row.server_id,
    ...(JSON.parse(row.args) as Record<string, unknown>),
    ...(row.reason === "" ? {} : { why: row.reason }),
  },
  cmd: row.id,
});

/** A server's word that came after the hub had assumed another end. */
export const lateEntry = (row: ActionRow): Omit<AuditEntry, "decision" | "reason"> => ({
  actor: `server ${row.server_name}`,
  door: "agent",
  action: "action.late-result",
  target: row.server_name,
  args: { serverId: row.server_id, action: row.action, before: row.outcome },
  cmd: row.id,
});

/** A server's word on what it was never asked. */
export const strayEntry = (serverId: string, name: string, result: ResultBody): AuditEntry => ({
  actor: `server ${name}`,
  door: "agent",
  action: "action.late-result",
  target: name,
  args: { serverId, outcome: result.outcome },
  decision: "refused",
  reason: "no command with this id went to this server",
  cmd: result.cmd,
});
