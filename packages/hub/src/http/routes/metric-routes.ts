import { isLabelName, METRICS, MusterError } from "@muster/core";
import type { Clock, Labels } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MetricReader } from "../../metrics/metric-store.ts";
import { QUERY_POINTS_MAX, QUERY_RANGE_MAX_MS, QUERY_SERVERS_MAX } from "../limits.ts";
import type { Handlers } from "../handler.ts";

type MetricRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/metrics/${string}`>>;

const DEFAULT_POINTS = 300;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
      const serverIds = serversOf(query.server);
      for (const id of serverIds)
        if (!fleet.get(id))
          throw new MusterError("NOT_FOUND", { fields: { "query.server": `there is no server ${id}` } });
      if (query.to <= query.from)
        throw new MusterError("BAD_REQUEST", { fields: { "query.to": "must be later than from" } });
      const spanMs = query.to - query.from;
      if (spanMs > QUERY_RANGE_MAX_MS)
        throw new MusterError("QUERY_TOO_LARGE", { fields: { "query.from": "the range is longer than ten years" } });
      const stepMs = query.step ?? Math.max(1_000, Math.ceil(spanMs / DEFAULT_POINTS / 1_000) * 1_000);
      const step = query.function ?? "avg";
      const series = await metrics.query(
        {
          serverIds,
          metric: query.metric,
          match: labelsOf(query.labels),
          range: { from: query.from, until: query.to },
          stepMs,
          step,
          pointsMax: QUERY_POINTS_MAX,
        },
        signal,
      );
      return {
        metric: query.metric,
        from: query.from,
        to: query.to,
        stepMs,
        function: step,
        series: series.map(({ serverId, labels, values }) => ({
          serverId,
          labels,
          values: Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
        })),
      };
    },

    "GET /api/v1/metrics/summary": async () => ({
      items: fleet.ids().map((serverId) => {
        const server = fleet.get(serverId)!;
        return { serverId, summary: server.summary, cpuLastHour: server.cpuLine.values(clock.now()) };
      }),
    }),
  };
}

/** Ids as asked; an empty part is an error, never "all". */
function serversOf(text: string): readonly string[] {
  const ids = text.split(",");
  const wrong = ids.find((id) => !ID.test(id));
  if (wrong !== undefined)
    throw new MusterError("BAD_REQUEST", { fields: { "query.server": "must be server ids separated by commas" } });
  if (ids.length > QUERY_SERVERS_MAX)
    throw new MusterError("QUERY_TOO_LARGE", {
      fields: { "query.server": `at most ${QUERY_SERVERS_MAX} servers at once` },
    });
  return [...new Set(ids)];
}

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
