import { hostAndPort, hostPort, isHost } from "../links/host-and-port.ts";
import { mapsOf } from "./foreign-fields.ts";
import { quoted } from "./foreign-text.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** What Prometheus itself puts into labels; the first two say how a target is asked. */
const SCHEME = "__scheme__";
const PATH = "__metrics_path__";
const NAME_LABELS = ["instance", "hostname", "host", "nodename"];

/** Lists of targets as `file_sd_configs` reads them: node_exporters, with labels as tags. */
export function readPrometheusTargets(tree: unknown, plan: PlanBuilder): void {
  const urls = new Map<string, string>();
  for (const group of mapsOf(tree, "", plan)) {
    const targets = group.texts("targets");
    const labels = new Map<string, string>();
    const written = group.map("labels");
    for (const name of written?.names() ?? []) {
      const value = written?.text(name);
      if (value !== undefined) labels.set(name, value);
    }
    group.end();
    const scheme = labels.get(SCHEME) ?? "http";
    const path = labels.get(PATH) ?? "/metrics";
    for (const name of labels.keys())
      if (name.startsWith("__") && name !== SCHEME && name !== PATH)
        plan.ignore(`label ${quoted(name)}`, "labels that begin with __ are for Prometheus alone");
    if (!/^https?$/.test(scheme)) {
      plan.problem(group.at("labels.__scheme__"), "left out: must be http or https");
      continue;
    }
    if (path !== "/metrics") {
      plan.problem(group.at("labels.__metrics_path__"), "left out: a node_exporter answers at /metrics");
      continue;
    }
    const tags = [...labels].filter(([name]) => !name.startsWith("__")).map(([name, value]) => `${name}:${value}`);
    // A label that names one server can name no second one.
    const label =
      targets.length === 1 ? NAME_LABELS.map((name) => labels.get(name)).find((name) => name !== undefined) : undefined;
    for (const [index, target] of targets.entries()) {
      const where = `${group.at("targets")}[${index}]`;
      if (plan.isFull(where)) return;
      const place = hostAndPort(target);
      if (place === undefined || !isHost(place.host)) {
        plan.problem(where, `left out: must be host:port, not ${quoted(target)}`);
        continue;
      }
      const url = `${scheme}://${hostPort(place.host, place.port ?? (scheme === "https" ? 443 : 80))}`;
      const before = urls.get(url);
      if (before !== undefined) {
        plan.problem(where, `left out: is the same as ${before}`);
        continue;
      }
      const planned = plan.server(where, {
        names: [label ?? place.host, place.host],
        tags,
        link: { kind: "pull", adapter: "node-exporter", url },
      });
      if (planned !== undefined) urls.set(url, planned);
    }
  }
}
