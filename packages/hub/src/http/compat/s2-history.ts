import { SECOND_MS } from "@muster/core";
import type { RouteCall } from "./compat-handler.ts";
import { pointsOf } from "./newest-values.ts";
import { naiveUtc, percent } from "./units.ts";

const POINTS = 200;
/** Names of a server's own; the query takes fifty in all. */
const OWN_METRICS_MAX = 40;
const OWN = "custom_";

/** The last 200 intervals of a server, under the names by which it sent them. */
export async function s2History(call: RouteCall, id: string, now: number): Promise<readonly object[]> {
  const { intervalMs } = await call("GET /api/v1/servers/{id}", { params: { id } });
  const { items } = await call("GET /api/v1/servers/{id}/series", { params: { id } });
  const bare = items.filter(({ labels }) => Object.keys(labels).length === 0).map(({ metric }) => metric);
  const own = bare.filter((metric) => metric.startsWith(OWN)).slice(0, OWN_METRICS_MAX);
  const step = Math.max(SECOND_MS, intervalMs);
  const to = now + SECOND_MS;
  const from = to - POINTS * step;
  const { series, stepMs } = await call("GET /api/v1/metrics/query", {
    query: {
      ...{ server: id, from, to, step, function: "last" },
      metric: ["cpu_busy_ratio", "memory_used_ratio", "filesystem_used_ratio", ...own].join(","),
    },
  });
  const line = (metric: string, mount?: string) =>
    series.find((one) => one.metric === metric && (mount === undefined || one.labels["mount"] === mount));
  const common = {
    cpu_percent: line("cpu_busy_ratio"),
    memory_percent: line("memory_used_ratio"),
    disk_percent: line("filesystem_used_ratio", "/"),
  };
  const others = Object.fromEntries(own.map((metric) => [metric.slice(OWN.length), line(metric)]));
  return pointsOf<string>({ from, stepMs }, { ...others, ...common }).map(({ at, values }) => ({
    ts: naiveUtc(at),
    ...values,
    ...Object.fromEntries(Object.keys(common).map((name) => [name, percent(values[name])])),
  }));
}
