import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MetricReader } from "../../metrics/metric-store.ts";
import type { ExportColumn, MetricExport } from "../export/metric-export.ts";
import { ROW_FORMATS } from "../export/row-format.ts";
import { EXPORT_POINTS_MAX } from "../limits.ts";
import type { PiecewiseAnswer } from "../piecewise.ts";
import { labelsOf, lineFacts, metricsOf, queryOf } from "./metric-selection.ts";
import type { MetricChoice } from "./metric-selection.ts";
import type { SampleOwners } from "./query-choice.ts";
import { chosenServers, inTime, rangeOf } from "./query-choice.ts";

export interface ExportChoice extends MetricChoice {
  readonly step?: number | undefined;
  readonly format?: keyof typeof ROW_FORMATS | undefined;
}

interface ExportDeps {
  readonly metrics: MetricReader;
  readonly fleet: Fleet;
  readonly probes: SampleOwners["probes"];
  readonly clock: Clock;
  readonly exporter: MetricExport;
}

/** Samples, or with a step points, as a file. Throws BAD_REQUEST, NOT_FOUND, QUERY_TOO_LARGE, QUERY_TIMED_OUT. */
export async function exportAnswer(
  deps: ExportDeps,
  choice: ExportChoice,
  signal: AbortSignal,
): Promise<PiecewiseAnswer> {
  const { step, from, to } = choice;
  const format = ROW_FORMATS[choice.format ?? "csv"];
  const columns = step === undefined ? await samples(deps, choice, signal) : points(deps, choice, step, signal);
  return {
    contentType: format.contentType,
    fileName: `${fileStem(choice)}.${format.extension}`,
    pieces: deps.exporter.write(columns, { from, to, stepMs: step ?? null }, format),
  };
}

async function samples(
  { fleet, probes, clock, exporter }: ExportDeps,
  choice: ExportChoice,
  signal: AbortSignal,
): Promise<AsyncIterable<ExportColumn>> {
  const surplus = (["function", "quantile", "by", "combine"] as const).find((name) => choice[name] !== undefined);
  if (surplus !== undefined)
    throw new MusterError("BAD_REQUEST", { fields: { [`query.${surplus}`]: "goes with step only" } });
  const request = {
    serverIds: chosenServers({ fleet, probes }, choice),
    metrics: metricsOf(choice.metric),
    match: labelsOf(choice.labels),
    range: rangeOf(choice),
  };
  await inTime(clock, signal, (bounded) => exporter.checkSize(request, bounded));
  return exporter.samples(request, (serverId) => nameOf(fleet, serverId), signal);
}

async function* points(
  { metrics, fleet, probes, clock }: ExportDeps,
  choice: ExportChoice,
  stepMs: number,
  signal: AbortSignal,
): AsyncGenerator<ExportColumn, void, undefined> {
  const query = queryOf({ fleet, probes }, choice, { stepMs, pointsMax: EXPORT_POINTS_MAX });
  const lines = await inTime(clock, signal, (bounded) => metrics.query(query, bounded));
  for (const line of lines) {
    const facts = lineFacts(line, query, choice.by);
    const server = facts.serverId === null ? null : nameOf(fleet, facts.serverId);
    const at = Float64Array.from(line.values, (_value, index) => choice.from + index * stepMs);
    yield { facts: { ...facts, server }, at, values: line.values };
  }
}

const nameOf = (fleet: Fleet, serverId: string): string | null => fleet.get(serverId)?.known.name ?? null;

/** Says what is in the file; metric names and digits need no quoting anywhere. */
function fileStem({ metric, from, to }: ExportChoice): string {
  const metrics = metricsOf(metric);
  const what = metrics.length === 1 ? metrics[0] : `${metrics.length}_metrics`;
  const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  return `muster_${what}_${stamp(from)}_${stamp(to)}`;
}
