import { findMetric, isCounterMetric } from "@muster/core";
import { seriesKey } from "./series-key.ts";
import type { SeriesHead } from "./series-key.ts";

/** Above this distance the rise of a counter is an average over a hole, which is told by a gap instead. */
const RATE_GAP_MS = 30_000;
/** The same for counters that are read slowly, in their own periods. */
const RATE_GAP_PERIODS = 3.5;

interface Total {
  readonly at: number;
  readonly value: number;
}

/** The newest readings of one server, as columns. Counters are kept as rates a second, `null` where unknown. */
export class LiveRing {
  readonly #pointsMax: number;
  readonly times: number[] = [];
  readonly #columns = new Map<string, (number | null)[]>();
  #heads: readonly SeriesHead[] = [];
  #keys: readonly string[] = [];
  #counters: readonly boolean[] = [];
  #gapsMs: readonly number[] = [];
  readonly #totals = new Map<string, Total>();

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  get heads(): readonly SeriesHead[] {
    return this.#heads;
  }

  /** Columns are as long as `times`; undefined for a series that never came. */
  column(key: string): readonly (number | null)[] | undefined {
    return this.#columns.get(key);
  }

  /** Which series the values of `append` belong to, from now on. */
  setHeads(heads: readonly SeriesHead[]): void {
    this.#heads = heads;
    this.#keys = heads.map((head) => seriesKey(head.metric, head.labels));
    this.#counters = heads.map((head) => isCounterMetric(head.metric));
    this.#gapsMs = heads.map((head) => Math.max(RATE_GAP_MS, RATE_GAP_PERIODS * periodMs(head.metric)));
    for (const key of this.#keys) {
      if (!this.#columns.has(key))
        this.#columns.set(
          key,
          this.times.map(() => null),
        );
    }
    const present = new Set(this.#keys);
    for (const key of this.#columns.keys()) {
      if (present.has(key)) continue;
      this.#columns.delete(key);
      this.#totals.delete(key);
    }
  }

  /** Takes one reading. False when it is not newer than the last one. */
  append(at: number, values: readonly (number | null)[]): boolean {
    const lastAt = this.times.at(-1);
    if (lastAt !== undefined && at <= lastAt) return false;
    this.times.push(at);
    for (const [index, key] of this.#keys.entries()) {
      const value = values[index] ?? null;
      const column = this.#columns.get(key)!;
      if (!this.#counters[index]) {
        column.push(value);
        continue;
      }
      column.push(rate(this.#totals.get(key), value, at, this.#gapsMs[index]!));
      if (value !== null) this.#totals.set(key, { at, value });
    }
    if (this.times.length > this.#pointsMax) this.#shorten();
    return true;
  }

  #shorten(): void {
    // A tenth at a time, so that the arrays are not moved at every reading.
    const count = Math.max(1, Math.floor(this.#pointsMax / 10));
    this.times.splice(0, count);
    for (const column of this.#columns.values()) column.splice(0, count);
  }
}

const periodMs = (metric: string): number => findMetric(metric)?.everyMs ?? 0;

/** A total that fell has started anew; how much it had grown in between nobody knows. */
function rate(before: Total | undefined, total: number | null, at: number, gapMs: number): number | null {
  if (before === undefined || total === null || total < before.value) return null;
  const elapsedMs = at - before.at;
  return elapsedMs > gapMs ? null : (total - before.value) / (elapsedMs / 1_000);
}
