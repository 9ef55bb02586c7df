import { labelsText, slopeOf } from "@muster/core";
import type { Clock, Labels, Rule } from "@muster/core";
import type { MetricReader } from "../metrics/metric-store.ts";

/** So many points make a line. */
const POINTS = 72;
/** Servers asked for at one time, so that no question is too large. */
const SERVERS_AT_ONCE = 200;

/** How fast stored values grow, for rules that look ahead; read anew now and then. */
export class Forecasts {
  readonly #reader: Pick<MetricReader, "query">;
  readonly #clock: Clock;
  #slopes = new Map<string, number>();

  constructor(deps: { readonly reader: Pick<MetricReader, "query">; readonly clock: Clock }) {
    this.#reader = deps.reader;
    this.#clock = deps.clock;
  }

  /** Growth a millisecond over the last `windowMs`; undefined where too little is known. */
  slope(serverId: string, metric: string, labels: Labels, windowMs: number): number | undefined {
    return this.#slopes.get(keyOf(serverId, metric, labels, windowMs));
  }

  /** Reads what these rules need of these servers. */
  async refresh(rules: readonly Rule[], serverIds: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = new Map<string, { readonly metric: string; readonly windowMs: number }>();
    for (const { condition, isEnabled } of rules)
      if (isEnabled && condition.is === "metric" && condition.measure === "forecast")
        wanted.set(`${condition.metric} ${condition.windowMs}`, condition);
    const slopes = new Map<string, number>();
    for (const { metric, windowMs } of wanted.values())
      for (let from = 0; from < serverIds.length; from += SERVERS_AT_ONCE) {
        const stepMs = Math.max(1_000, Math.ceil(windowMs / POINTS / 1_000) * 1_000);
        const until = Math.floor(this.#clock.now() / stepMs) * stepMs;
        const begin = until - Math.ceil(windowMs / stepMs) * stepMs;
        const lines = await this.#reader.query(
          {
            serverIds: serverIds.slice(from, from + SERVERS_AT_ONCE),
            select: [{ metric, match: {}, step: "avg" }],
            range: { from: begin, until },
            ...{ stepMs, pointsMax: 10_000_000 },
          },
          signal,
        );
        for (const { serverId, labels, values } of lines) {
          if (serverId === undefined) continue;
          const points = [...values].map((value, index) => ({ atMs: begin + index * stepMs, value }));
          const slope = slopeOf(points, windowMs);
          if (slope !== undefined) slopes.set(keyOf(serverId, metric, labels, windowMs), slope);
        }
      }
    this.#slopes = slopes;
  }
}

const keyOf = (serverId: string, metric: string, labels: Labels, windowMs: number): string =>
  `${serverId} ${metric}{${labelsText(labels)}} ${windowMs}`;
