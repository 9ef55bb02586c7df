import { hostPort, isHost, portFrom } from "../links/host-and-port.ts";
import { PULL_KIND_ENTRIES } from "../pull/kinds.ts";
import { listed } from "./foreign-fields.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** The IPTV panel's `servers.json`: `{"servers": […]}` or the older bare list. */
export function readIpvtlServers(tree: unknown, plan: PlanBuilder): void {
  const boxes = new Map<string, string>();
  for (const entry of listed(tree, "servers", plan)) {
    if (plan.isFull(entry.where)) return;
    const id = entry.text("id");
    const name = entry.text("name") ?? id ?? "";
    const host = entry.text("host") ?? "";
    const port = portFrom(entry.raw("port") ?? PULL_KIND_ENTRIES.ipvtl.defaultPort);
    const notes = entry.text("description");
    entry.end();
    if (!isHost(host)) plan.problem(entry.at("host"), "left out: must be a host name or an address");
    else if (port === undefined) plan.problem(entry.at("port"), "left out: must be a port, 1 to 65535");
    else {
      const place = hostPort(host.toLowerCase(), port);
      const before = boxes.get(place);
      if (before !== undefined) {
        plan.problem(entry.where, `left out: has the host and port of ${before}, and a box is asked once`);
        continue;
      }
      const planned = plan.server(entry.where, {
        names: [name, id ?? "", host],
        ...(notes !== undefined && { notes }),
        link: { kind: "pull", adapter: "ipvtl", url: `http://${hostPort(host, port)}` },
      });
      if (planned !== undefined) boxes.set(place, planned);
    }
  }
}
