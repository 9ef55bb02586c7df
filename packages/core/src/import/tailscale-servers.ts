import { listed } from "./foreign-fields.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** The service manager's `servers.json`: nodes that registered themselves and send heartbeats. */
export function readTailscaleServers(tree: unknown, plan: PlanBuilder): void {
  for (const entry of listed(tree, "servers", plan)) {
    if (plan.isFull(entry.where)) return;
    const [host, ip] = [entry.text("host"), entry.text("ip")];
    const names = [entry.text("name"), host, ip, entry.text("id")].map((each) => each ?? "");
    const notes = [host && `Host: ${host}`, ip && `Address: ${ip}`].filter((line) => line !== undefined && line !== "");
    const tags = entry.texts("tags");
    plan.ignore("id", "each server gets a new id and a token of its own, which its sender must be given");
    entry.ignore("services are seen on the server itself", "services");
    entry.ignore("data of any kind, which has no place here", "metadata");
    entry.ignore("readings come anew with the next heartbeat", "last_seen", "last_metrics");
    entry.end();
    plan.server(entry.where, { names, tags, notes: notes.join("\n"), link: { kind: "push" } });
  }
}
