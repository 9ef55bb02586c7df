import { buildRequest } from "../api/build-request.ts";
import { requestSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";
import type { MetricChoice } from "./use-history.ts";

export type ExportFormat = "csv" | "json" | "ndjson";

/** Address of a file with what a chart shows, step by step, or with the samples behind it as they were stored. */
export function exportUrl(
  choice: MetricChoice,
  what: "shown" | "samples",
  format: ExportFormat,
  time: { readonly range: ChartRange; readonly stepMs: number; readonly now: number },
): string {
  const { from, to } = requestSpan(time.range, time.stepMs, time.now);
  // Files hold points, not their bands.
  const { server, probe, tag, fleet, metric, by, combine } = choice;
  const whose = { server, probe, tag, fleet, metric, from, to, format };
  const query = what === "shown" ? { ...whose, by, combine, step: time.stepMs } : whose;
  return buildRequest("GET /api/v1/metrics/export", { query }, undefined).url;
}
