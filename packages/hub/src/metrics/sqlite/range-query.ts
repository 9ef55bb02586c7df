import type { DatabaseSync } from "node:sqlite";
import { RATE_LOOKBACK_MS } from "@muster/core";
import type { Instant, Labels, Stepper } from "@muster/core";
import type { Query, SeriesPoints } from "../metric-store.ts";
import { pointBudget } from "../point-budget.ts";
import { compareSeries, compareText, matchesLabels } from "../series-order.ts";
import type { FrameScan } from "./frame-scan.ts";

/** A series that matches; it gets its stepper with its first sample in the range. */
interface Target {
  readonly labels: Labels;
  base?: { readonly at: Instant; readonly value: number };
  stepper?: Stepper;
}
/** Per layout: which slot of the values belongs to which target. */
type Picks = ReadonlyMap<number, readonly { readonly slot: number; readonly target: Target }[]>;

/** Between two looks at the abort flag pass about two milliseconds. */
const FRAMES_PER_LOOK = 1_024;

/** Thrown to leave a scan nobody waits for any more; the asker has its own error by then. */
class Aborted extends Error {}

/** Answers `query`: one walk over the frames of each server, whatever number of its series match. */
export class RangeQuery {
  readonly #scan: FrameScan;
  readonly #selectSeries;

  constructor(db: DatabaseSync, scan: FrameScan) {
    this.#scan = scan;
    this.#selectSeries = db.prepare("SELECT id, labels FROM series WHERE server = ? AND metric = ?");
  }

  run(query: Query, abortFlag: Int32Array): readonly SeriesPoints[] {
    const stepper = pointBudget(query);
    let frames = 0;
    const look = (): void => {
      if (frames++ % FRAMES_PER_LOOK === 0 && Atomics.load(abortFlag, 0) === 1) throw new Aborted();
    };
    return [...new Set(query.serverIds)].sort(compareText).flatMap((serverId) => {
      const server = this.#scan.serverRow(serverId);
      if (server === undefined) return [];
      const targets = this.#targets(server, query);
      if (targets.size === 0) return [];
      this.#fold(server, query, targets, stepper, look);
      return [...targets.values()]
        .flatMap(({ labels, stepper: folded }) =>
          folded === undefined ? [] : [{ serverId, metric: query.metric, labels, values: folded.finish() }],
        )
        .sort(compareSeries);
    });
  }

  #targets(server: number, query: Query): ReadonlyMap<number, Target> {
    const rows = this.#selectSeries.all(server, query.metric);
    const targets = rows.map(
      (row) => [Number(row["id"]), { labels: JSON.parse(String(row["labels"])) as Labels }] as const,
    );
    return new Map(targets.filter(([, target]) => matchesLabels(target.labels, query.match)));
  }

  #fold(
    server: number,
    query: Query,
    targets: ReadonlyMap<number, Target>,
    stepper: () => Stepper,
    look: () => void,
  ): void {
    const { range } = query;
    const lookbackFrom = range.from - RATE_LOOKBACK_MS;
    const picks = this.#picks(server, query.step === "rate" ? lookbackFrom : range.from, targets);
    if (query.step === "rate") this.#findBases(server, lookbackFrom, range.from, targets.size, picks);
    this.#scan.forward(server, range, (at, layout, values) => {
      look();
      for (const { slot, target } of picks.get(layout) ?? []) {
        const value = values[slot] ?? NaN;
        if (Number.isNaN(value)) continue;
        if (target.stepper === undefined) {
          target.stepper = stepper();
          if (target.base !== undefined) target.stepper.add(target.base.at, target.base.value);
        }
        target.stepper.add(at, value);
      }
    });
  }

  /** The last sample before the range, of each series: what the growth to its first one in the range is measured from. */
  #findBases(server: number, from: Instant, until: Instant, count: number, picks: Picks): void {
    let missing = count;
    this.#scan.backward(server, from, until, (at, layout, values) => {
      for (const { slot, target } of picks.get(layout) ?? []) {
        const value = values[slot] ?? NaN;
        if (Number.isNaN(value) || target.base !== undefined) continue;
        target.base = { at, value };
        missing--;
      }
      return missing > 0;
    });
  }

  #picks(server: number, since: Instant, targets: ReadonlyMap<number, Target>): Picks {
    const ofLayout = (series: Uint32Array) =>
      [...series].flatMap((id, slot) => {
        const target = targets.get(id);
        return target === undefined ? [] : [{ slot, target }];
      });
    return new Map([...this.#scan.layouts(server, since)].map(([id, series]) => [id, ofLayout(series)]));
  }
}
