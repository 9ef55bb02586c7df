import { isCounterName, isLabelName, METRICS, MusterError } from "@muster/core";
import type { Clock, Labels } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MetricReader, Selection } from "../../metrics/metric-store.ts";
import { QUERY_METRICS_MAX, QUERY_POINTS_MAX, QUERY_SAMPLES_MAX } from "../limits.ts";
import { chosenServers, groupsOf, inTime, rangeOf } from "./query-choice.ts";
import type { Handlers } from "../handler.ts";

type MetricRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/metrics/${string}`>>;

const DEFAULT_POINTS = 300;

export function metricRoutes(deps: {
  readonly metrics: MetricReader;
  readonly fleet: Fleet;
  readonly clock: Clock;
}): MetricRoutes {
  const { metrics, fleet, clock } = deps;
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
      const serverIds = chosenServers(fleet, query);
      const range = rangeOf(query);
      const spanMs = range.until - range.from;
      const stepMs = query.step ?? Math.max(1_000, Math.ceil(spanMs / DEFAULT_POINTS / 1_000) * 1_000);
      const match = labelsOf(query.labels);
      const select = [...new Set(query.metric.split(","))].map((metric): Selection => ({
        metric,
        match,
        step: query.function ?? (isCounterName(metric) ? "rate" : "avg"),
        ...(query.quantile !== undefined && { quantile: query.quantile }),
      }));
      if (select.length > QUERY_METRICS_MAX)
        throw new MusterError("QUERY_TOO_LARGE", {
          fields: { "query.metric": `at most ${QUERY_METRICS_MAX} metrics at once` },
        });
      const groups = groupsOf(fleet, serverIds, query.by ?? "series");
      const lines = await inTime(signal, (bounded) =>
        metrics.query(
          {
            serverIds,
            select,
            range,
            stepMs,
            pointsMax: QUERY_POINTS_MAX,
            samplesMax: QUERY_SAMPLES_MAX,
            ...(query.bands !== undefined && { bands: query.bands }),
            ...(query.top !== undefined && { top: query.top }),
            ...(groups && { combine: { groups, function: query.combine ?? "avg" } }),
          },
          bounded,
        ),
      );
      const series = lines.map((line) => ({
        metric: line.metric,
        function: select[line.selection]?.step ?? "avg",
        serverId: line.serverId ?? (query.by === "server" ? (line.group ?? null) : null),
        tag: query.by === "tag" ? (line.group ?? null) : null,
        labels: line.labels,
        seriesCount: line.seriesCount,
        values: numbersOf(line.values),
        ...(line.min && line.max && { min: numbersOf(line.min), max: numbersOf(line.max) }),
        resolutionMs: line.resolutionMs ?? null,
      }));
      return { from: query.from, to: query.to, stepMs, series };
    },

    "GET /api/v1/metrics/summary": async () => ({
      items: fleet.ids().map((serverId) => {
        const server = fleet.get(serverId)!;
        return { serverId, summary: server.summary, cpuLastHour: server.cpuLine.values(clock.now()) };
      }),
    }),
  };
}

const numbersOf = (values: Float64Array): (number | null)[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? null : value));

function labelsOf(text: string | undefined): Labels {
  if (text === undefined || text === "") return {};
  const wrong = new MusterError("BAD_REQUEST", {
    fields: { "query.labels": 'must be a JSON object of texts, such as {"mount":"/"}' },
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw wrong;
  const entries = Object.entries(parsed);
  if (!entries.every(([name, value]) => isLabelName(name) && typeof value === "string")) throw wrong;
  return Object.fromEntries(entries) as Labels;
}
