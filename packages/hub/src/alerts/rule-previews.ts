import {
  badnessOfNumber,
  fitsLabels,
  isCounterMetric,
  isFiring,
  isFor,
  levelsOn,
  metricText,
  MusterError,
  SEVERITIES,
  slopeOf,
  stepWatch,
  WELL_WATCH,
  worseOf,
} from "@muster/core";
import type { Instant, MetricCondition, RuleDefinition, Severity, TimeRange, Watch } from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import type { Fleet } from "../fleet/fleet.ts";
import type { MetricReader, QueryLine } from "../metrics/metric-store.ts";

/** What would have been an incident. */
interface PreviewedIncident {
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
}

export interface RulePreview {
  readonly incidents: PreviewedIncident[];
  readonly count: number;
  readonly stepMs: number;
  readonly seriesCount: number;
}

const POINTS_MAX = 5_000_000;
const SAMPLES_MAX = 50_000_000;
const STEPS_MAX = 10_000;
const STEP_MS_MIN = 10_000;
const LISTED_MAX = 500;

/** Runs a rule of a metric over what is stored, as if it had been there. */
export class RulePreviews {
  readonly #fleet: Pick<Fleet, "get" | "ids">;
  readonly #reader: Pick<MetricReader, "query">;

  constructor(deps: { readonly fleet: Pick<Fleet, "get" | "ids">; readonly reader: Pick<MetricReader, "query"> }) {
    this.#fleet = deps.fleet;
    this.#reader = deps.reader;
  }

  /** Throws BAD_REQUEST for a rule whose past is not kept or a range that is none, QUERY_TOO_LARGE. */
  async preview(rule: RuleDefinition, range: TimeRange, signal: AbortSignal): Promise<RulePreview> {
    const { condition } = rule;
    if (condition.is !== "metric")
      throw new MusterError("BAD_REQUEST", {
        fields: { "body.rule.condition": "only what a metric would have told can be looked up" },
      });
    if (range.until <= range.from)
      throw new MusterError("BAD_REQUEST", { fields: { "body.to": "must be after `from`" } });
    const stepMs = Math.max(STEP_MS_MIN, Math.ceil((range.until - range.from) / STEPS_MAX / 1_000) * 1_000);
    const serverIds = this.#fleet.ids().filter((id) => isFor(rule, id, this.#fleet.get(id)?.known.tags ?? []));
    const isRate = condition.measure === "rate" && isCounterMetric(condition.metric);
    // What looks ahead must look back from the first step on.
    const from = range.from - (condition.measure === "forecast" ? condition.windowMs : 0);
    const lines = await this.#reader.query(
      {
        serverIds,
        select: [{ metric: condition.metric, match: {}, step: isRate ? "rate" : "last" }],
        ...{ range: { from, until: range.until }, stepMs, pointsMax: POINTS_MAX, samplesMax: SAMPLES_MAX },
      },
      signal,
    );
    const meant = lines.filter(({ labels }) => fitsLabels(labels, condition.labels));
    const incidents: PreviewedIncident[] = [];
    for (const line of meant) {
      incidents.push(...this.#ofLine(rule, condition, line, { from, range, stepMs }));
      // A line may take some milliseconds, and there may be hundreds.
      await nextTurn();
      signal.throwIfAborted();
    }
    incidents.sort((one, other) => one.openedAt - other.openedAt);
    return { incidents: incidents.slice(0, LISTED_MAX), count: incidents.length, stepMs, seriesCount: meant.length };
  }

  #ofLine(
    rule: RuleDefinition,
    condition: MetricCondition,
    { serverId = "", metric, labels, values }: QueryLine,
    { from, range, stepMs }: { readonly from: Instant; readonly range: TimeRange; readonly stepMs: number },
  ): readonly PreviewedIncident[] {
    const levels = levelsOn(rule, condition.levels, serverId);
    if (levels === undefined) return [];
    const title = `${this.#fleet.get(serverId)?.known.name ?? serverId}: ${metricText(metric, labels)}`;
    const found: PreviewedIncident[] = [];
    let watch: Watch = WELL_WATCH;
    let open: { openedAt: Instant; severity: Severity } | undefined;
    for (let index = Math.ceil((range.from - from) / stepMs); index < values.length; index++) {
      const at = from + index * stepMs;
      const value = measured(condition, values, index, stepMs);
      const badness = badnessOfNumber(value, levels, condition.comparison, condition.clearAt);
      watch = stepWatch(watch, badness, rule, at);
      if (isFiring(watch)) {
        const severity = SEVERITIES[watch.rank] ?? "warning";
        open =
          open === undefined ? { openedAt: at, severity } : { ...open, severity: worseOf(open.severity, severity) };
      } else if (open !== undefined) {
        found.push({ title, ...open, resolvedAt: at });
        open = undefined;
      }
    }
    if (open !== undefined) found.push({ title, ...open, resolvedAt: null });
    return found;
  }
}

function measured(condition: MetricCondition, values: Float64Array, index: number, stepMs: number): number {
  const value = values[index] ?? Number.NaN;
  if (condition.measure !== "forecast") return value;
  const steps = Math.floor(condition.windowMs / stepMs);
  const points = [...values.subarray(Math.max(0, index - steps), index + 1)].map((one, place) => ({
    atMs: place * stepMs,
    value: one,
  }));
  const slope = slopeOf(points, condition.windowMs);
  return slope === undefined ? Number.NaN : value + slope * condition.horizonMs;
}
