import { isCounterName, isLabelName, MusterError } from "@muster/core";
import type { CombineFunction, Labels, StepFunction } from "@muster/core";
import type { Query, QueryLine, Selection } from "../../metrics/metric-store.ts";
import { QUERY_METRICS_MAX, QUERY_SAMPLES_MAX } from "../limits.ts";
import { chosenServers, groupsOf, rangeOf } from "./query-choice.ts";
import type { SampleOwners, ServerChoice } from "./query-choice.ts";

/** The parameters that query and export share. */
export interface MetricChoice extends ServerChoice {
  readonly metric: string;
  readonly labels?: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly function?: StepFunction | undefined;
  readonly quantile?: number | undefined;
  readonly by?: "series" | "server" | "tag" | "all" | undefined;
  readonly combine?: CombineFunction | undefined;
}

/** What is asked of the store. Throws BAD_REQUEST, NOT_FOUND, QUERY_TOO_LARGE. */
export function queryOf(
  owners: SampleOwners,
  choice: MetricChoice,
  steps: { readonly stepMs: number; readonly pointsMax: number },
): Query {
  const serverIds = chosenServers(owners, choice);
  const match = labelsOf(choice.labels);
  const select = metricsOf(choice.metric).map((metric): Selection => ({
    metric,
    match,
    step: choice.function ?? (isCounterName(metric) ? "rate" : "avg"),
    ...(choice.quantile !== undefined && { quantile: choice.quantile }),
  }));
  const groups = groupsOf(owners.fleet, serverIds, choice.by ?? "series");
  return {
    serverIds,
    select,
    range: rangeOf(choice),
    ...steps,
    samplesMax: QUERY_SAMPLES_MAX,
    ...(groups && { combine: { groups, function: choice.combine ?? "avg" } }),
  };
}

/** What a line is, as the API says it. */
export const lineFacts = (line: QueryLine, { select }: Query, by: MetricChoice["by"]) => ({
  metric: line.metric,
  function: select[line.selection]?.step ?? "avg",
  serverId: line.serverId ?? (by === "server" ? (line.group ?? null) : null),
  tag: by === "tag" ? (line.group ?? null) : null,
  labels: line.labels,
  seriesCount: line.seriesCount,
});

/** Names separated by commas, each once. Throws QUERY_TOO_LARGE. */
export function metricsOf(text: string): readonly string[] {
  const metrics = [...new Set(text.split(","))];
  if (metrics.length > QUERY_METRICS_MAX)
    throw new MusterError("QUERY_TOO_LARGE", {
      fields: { "query.metric": `at most ${QUERY_METRICS_MAX} metrics at once` },
    });
  return metrics;
}

/** Throws BAD_REQUEST for what is no JSON object of texts. */
export function labelsOf(text: string | undefined): Labels {
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
