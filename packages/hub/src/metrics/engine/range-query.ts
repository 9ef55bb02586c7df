import type { DatabaseSync } from "node:sqlite";
import { createStepper } from "@muster/core";
import type { Labels, Stepper } from "@muster/core";
import type { Query, SeriesPoints } from "../metric-store.ts";
import { pointBudget } from "../point-budget.ts";
import { compareSeries, compareText, matchesLabels } from "../series-order.ts";
import { foldHours } from "./hour-query.ts";
import { findBases } from "./targets.ts";
import type { Target } from "./targets.ts";
import { hourPlan } from "./hour-plan.ts";
import type { SampleScan } from "./sample-scan.ts";

/** Between two looks at the abort flag pass about two milliseconds. */
const ROWS_PER_LOOK = 1_024;

/** Thrown to leave a scan nobody waits for any more; the asker has its own error by then. */
class Aborted extends Error {}

/** Answers `query`: one walk over the blocks and frames of each server, whatever number of its series match. */
export class RangeQuery {
  readonly #scan: SampleScan;
  readonly #selectSeries;
  readonly #selectHorizon;

  constructor(db: DatabaseSync, scan: SampleScan) {
    this.#scan = scan;
    this.#selectSeries = db.prepare("SELECT id, labels FROM series WHERE server = ? AND metric = ?");
    this.#selectHorizon = db.prepare("SELECT raw_since FROM horizon");
  }

  run(query: Query, abortFlag: Int32Array): readonly SeriesPoints[] {
    const stepper = pointBudget(query);
    let rows = 0;
    const look = (): void => {
      if (rows++ % ROWS_PER_LOOK === 0 && Atomics.load(abortFlag, 0) === 1) throw new Aborted();
    };
    const rawSince = Number(this.#selectHorizon.get()?.["raw_since"]);
    return [...new Set(query.serverIds)].sort(compareText).flatMap((serverId) => {
      look();
      const server = this.#scan.frames.serverRow(serverId);
      const targets = server === undefined ? [] : this.#targets(server, query);
      if (server === undefined || targets.length === 0) return [];
      const plan = hourPlan(this.#scan, server, query, rawSince);
      if (plan === undefined) this.#fold(server, query, targets, stepper, look);
      else foldHours(this.#scan, server, query, plan, targets, stepper, look);
      return targets
        .flatMap(({ labels, points }) =>
          points === undefined ? [] : [{ serverId, metric: query.metric, labels, ...points }],
        )
        .sort(compareSeries);
    });
  }

  #targets(server: number, query: Query): readonly Target[] {
    const rows = this.#selectSeries.all(server, query.metric);
    const targets = rows.map((row) => ({
      series: Number(row["id"]),
      labels: JSON.parse(String(row["labels"])) as Labels,
    }));
    return targets.filter(({ labels }) => matchesLabels(labels, query.match));
  }

  #fold(server: number, query: Query, targets: readonly Target[], stepper: () => Stepper, look: () => void): void {
    const { range } = query;
    if (query.step === "rate") findBases(this.#scan, server, range.from, targets, look);
    const folds = new Map<number, readonly Stepper[]>();
    const byId = new Map(targets.map((target) => [target.series, target]));
    const start = (series: number): readonly Stepper[] => {
      const steppers = [stepper()];
      if (query.bands === true) {
        for (const step of ["min", "max"] as const) steppers.push(createStepper(step, range, query.stepMs));
      }
      const base = byId.get(series)?.base;
      if (base !== undefined) steppers[0]?.add(base.at, base.value);
      folds.set(series, steppers);
      return steppers;
    };
    this.#scan.forEach(server, range, [...byId.keys()], look, (series, at, value) => {
      for (const each of folds.get(series) ?? start(series)) each.add(at, value);
    });
    for (const target of targets) {
      const [values, min, max] = (folds.get(target.series) ?? []).map((each) => each.finish());
      if (values !== undefined) target.points = { values, ...(min && max && { min, max }) };
    }
  }
}
