import { METRICS } from "@muster/core";
import type { Clock } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MetricReader } from "../../metrics/metric-store.ts";
import { MetricExport } from "../export/metric-export.ts";
import type { ExportLimits } from "../export/metric-export.ts";
import { EXPORT_ROWS_MAX, EXPORTS_AT_ONCE_MAX, QUERY_POINTS_MAX, QUERY_SAMPLES_MAX } from "../limits.ts";
import { queryPieces } from "../query-pieces.ts";
import { exportAnswer } from "./export-answer.ts";
import { lineFacts, queryOf } from "./metric-selection.ts";
import { inTime } from "./query-choice.ts";
import type { SampleOwners } from "./query-choice.ts";
import type { Handlers } from "../handler.ts";

type MetricRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/metrics/${string}`>>;

const DEFAULT_POINTS = 300;

export const EXPORT_LIMITS: ExportLimits = {
  rowsMax: EXPORT_ROWS_MAX,
  atOnceMax: EXPORTS_AT_ONCE_MAX,
  samplesMax: QUERY_SAMPLES_MAX,
};

export function metricRoutes(
  deps: {
    readonly metrics: MetricReader;
    readonly fleet: Fleet;
    readonly probes: SampleOwners["probes"];
    readonly clock: Clock;
  },
  exportLimits: ExportLimits = EXPORT_LIMITS,
): MetricRoutes {
  const { metrics, fleet, probes, clock } = deps;
  const exporter = new MetricExport({ metrics }, exportLimits);
  return {
    "GET /api/v1/metrics/catalog": async () => ({
      items: METRICS.map(({ name, kind, unit, group, meaning, labels }) => ({
        name,
        kind,
        unit,
        group,
        meaning,
        labels: [...labels],
      })),
    }),

    "GET /api/v1/metrics/query": async ({ query, signal }) => {
      const { from, to, top, bands } = query;
      const stepMs = query.step ?? Math.max(1_000, Math.ceil((to - from) / DEFAULT_POINTS / 1_000) * 1_000);
      const asked = {
        ...queryOf({ fleet, probes }, query, { stepMs, pointsMax: QUERY_POINTS_MAX }),
        ...(bands !== undefined && { bands }),
        ...(top !== undefined && { top }),
      };
      const lines = await inTime(clock, signal, (bounded) => metrics.query(asked, bounded));
      const series = lines.map((line) => ({
        ...lineFacts(line, asked, query.by),
        resolutionMs: line.resolutionMs ?? null,
        values: line.values,
        ...(line.min && line.max && { min: line.min, max: line.max }),
      }));
      return { contentType: "application/json", pieces: queryPieces({ from, to, stepMs }, series) };
    },

    "GET /api/v1/metrics/export": ({ query, signal }) =>
      exportAnswer({ metrics, fleet, probes, clock, exporter }, query, signal),

    "GET /api/v1/metrics/summary": async () => ({
      items: fleet.ids().map((serverId) => {
        const server = fleet.get(serverId)!;
        return { serverId, summary: server.summary, cpuLastHour: server.cpuLine.values(clock.now()) };
      }),
    }),
  };
}
