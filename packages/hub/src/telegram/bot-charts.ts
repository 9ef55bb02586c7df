import { findMetric, HOUR_MS, isCounterMetric, metricText, SECOND_MS, wrongMembers } from "@muster/core";
import type { Incident, Instant, Labels } from "@muster/core";
import type { MetricReader } from "../metrics/metric-store.ts";
import { lineChart, PANELS_MAX } from "./chart/line-chart.ts";
import type { ChartPanel } from "./chart/line-chart.ts";

/** A picture to be sent, as a file. */
export interface Picture {
  readonly fileName: string;
  readonly png: Buffer;
}

/** What one panel shows. Of several series it shows the one with the greatest mean. */
export interface Charted {
  /** A server's or a probe's id. */
  readonly source: string;
  readonly metric: string;
  readonly labels: Labels;
}

export const CHART_HOURS = 6;
export const CHART_HOURS_MAX = 7 * 24;
const POINTS = 200;
const STEP_MS_MIN = 10 * SECOND_MS;
/** What a week of a reading every five seconds is, and room. */
const SAMPLES_MAX = 2_000_000;
/** Short words for what people ask for most. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  cpu: ["cpu_busy_ratio"],
  memory: ["memory_used_ratio"],
  disk: ["filesystem_used_ratio"],
  load: ["load1"],
  network: ["network_receive_bytes_total", "network_transmit_bytes_total"],
  temperature: ["temperature_celsius"],
};
export const CHART_WORDS = Object.keys(WORDS);
const USUAL = ["cpu_busy_ratio", "memory_used_ratio", "load1"];

/** The metrics that a word means: one of those above, or a metric by its whole name; undefined where it is none. */
export function chartedMetrics(word: string | undefined): readonly string[] | undefined {
  if (word === undefined) return USUAL;
  const short = Object.hasOwn(WORDS, word.toLowerCase()) ? WORDS[word.toLowerCase()] : undefined;
  return short ?? (/^[a-z][a-z0-9_]{0,127}$/.test(word) ? [word] : undefined);
}

/** What to show of an incident: the numbers that are wrong, or else how its first server does, or how its probe answers. */
export function chartedOf(incident: Incident): readonly Charted[] {
  const wrong = wrongMembers(incident);
  const members = wrong.length > 0 ? wrong : incident.members;
  const measured = members.flatMap(({ subject: { serverId, probeId, metric, labels } }): readonly Charted[] => {
    const source = probeId ?? serverId;
    return source === null || metric === null ? [] : [{ source, metric, labels }];
  });
  if (measured.length > 0) return measured.slice(0, PANELS_MAX);
  for (const { subject } of members) {
    if (subject.probeId !== null) return [{ source: subject.probeId, metric: "probe_duration_seconds", labels: {} }];
    if (subject.serverId !== null) {
      const source = subject.serverId;
      return USUAL.map((metric) => ({ source, metric, labels: {} }));
    }
  }
  return [];
}

/** From an hour before an incident opened until now or its end, a day at most. */
export function chartedRange({ openedAt, resolvedAt }: Incident, now: Instant): readonly [Instant, Instant] {
  const until = Math.min(now, resolvedAt === null ? now : resolvedAt + HOUR_MS);
  return [Math.max(openedAt - HOUR_MS, until - 24 * HOUR_MS), until];
}

/** Draws them; undefined where there is not one value in that time. */
export async function chartPicture(
  charted: readonly Charted[],
  [from, until]: readonly [Instant, Instant],
  metrics: Pick<MetricReader, "query">,
  signal: AbortSignal,
): Promise<Picture | undefined> {
  const stepMs = Math.max(STEP_MS_MIN, Math.ceil((until - from) / POINTS / SECOND_MS) * SECOND_MS);
  const range = { from: until - Math.ceil((until - from) / stepMs) * stepMs, until };
  const panels: ChartPanel[] = [];
  for (const { source, metric, labels } of charted.slice(0, PANELS_MAX)) {
    const step = isCounterMetric(metric) ? ("rate" as const) : ("avg" as const);
    const [line] = await metrics.query(
      {
        ...{ serverIds: [source], select: [{ metric, match: labels, step }], range, stepMs, bands: true, top: 1 },
        ...{ pointsMax: 3 * (POINTS + 1), samplesMax: SAMPLES_MAX },
      },
      signal,
    );
    if (line === undefined) continue;
    const { values, min = values, max = values } = line;
    const definition = findMetric(metric);
    panels.push({ title: metricText(metric, line.labels), unit: definition?.shownUnit, values, min, max });
  }
  if (panels.length === 0) return undefined;
  return { fileName: "chart.png", png: lineChart(panels, range.from, range.until) };
}
