import { readFile } from "node:fs/promises";
import { planImport } from "@muster/core";
import type { Logger } from "@muster/core";
import type { AuditLog } from "./access/audit-log.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { LinkStore } from "./fleet/link-store.ts";
import type { ServerStore } from "./fleet/server-store.ts";

export interface ServersFileDeps {
  readonly servers: ServerStore;
  readonly links: LinkStore;
  readonly fleet: Fleet;
  readonly audit: AuditLog;
  readonly log: Logger;
}

const INTERVAL_MS = 30_000;

/**
 * Adds the boxes of an IPTV panel's servers.json (adapters.md 1) that have no server of their name yet; those that are
 * there stay as they are. A file that cannot be read or used is said in the log and stops nothing.
 */
export async function addServersOf(path: string, deps: ServersFileDeps): Promise<void> {
  const { servers, links, fleet, audit, log } = deps;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return log.warn("the servers file cannot be read", { path, code: (error as NodeJS.ErrnoException).code });
  }
  const plan = planImport("ipvtl-servers", text, () => ({ ok: false, problems: [] }));
  for (const { where, problem } of plan.problems) log.warn("the servers file has a problem", { path, where, problem });
  const known = new Set(fleet.views().map(({ name }) => name));
  for (const { name, tags, notes, link } of plan.servers) {
    if (known.has(name) || link.kind !== "pull") continue;
    const id = await servers.make(
      { name, link: "pull", state: "active", tags, notes, intervalMs: INTERVAL_MS },
      (transaction, serverId) => links.insert(transaction, serverId, link, undefined),
    );
    await audit.append({
      ...{ actor: "servers file", door: "console", action: "server.add", target: name, args: { serverId: id, link } },
      ...{ decision: "succeeded", reason: "", cmd: null },
    });
    await fleet.adopt(id);
    await links.took(id);
  }
}
