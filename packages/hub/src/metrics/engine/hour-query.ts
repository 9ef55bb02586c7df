import { bucketStepper, HOUR_MS } from "@muster/core";
import type { BucketStepper, Stepper } from "@muster/core";
import type { Query } from "../metric-store.ts";
import { bucketsOf } from "./bucket-columns.ts";
import type { HourPlan } from "./hour-plan.ts";
import { findBases } from "./targets.ts";
import type { Target } from "./targets.ts";
import type { Run, SampleScan } from "./sample-scan.ts";

/** Fills the points of each target from roll-ups, late samples that are not in them yet, and samples in between. */
export function foldHours(
  scan: SampleScan,
  server: number,
  query: Query,
  plan: HourPlan,
  targets: readonly Target[],
  spend: () => Stepper,
  look: () => void,
): void {
  const folds = new Map<number, readonly BucketStepper[]>();
  const foldsOf = (series: number): readonly BucketStepper[] => {
    let steppers = folds.get(series);
    if (steppers === undefined) {
      spend();
      const steps = query.bands === true ? ([query.step, "min", "max"] as const) : [query.step];
      folds.set(series, (steppers = steps.map((step) => bucketStepper(step, query.range, query.stepMs))));
    }
    return steppers;
  };
  for (const block of plan.blocks) {
    look();
    for (const { series } of targets) {
      for (const bucket of bucketsOf(block, series)) {
        if (plan.hours.has(bucket.start)) for (const fold of foldsOf(series)) fold.addBucket(bucket);
      }
    }
  }
  addLate(scan, server, query, plan, targets, foldsOf, look);
  const wanted = targets.map(({ series }) => series);
  for (const range of plan.rest) {
    if (query.step === "rate") findBases(scan, server, range.from, targets, look);
    const runs = new Map<number, Run>();
    scan.forEach(server, range, wanted, look, (series, at, value) => {
      let run = runs.get(series);
      if (run === undefined) runs.set(series, (run = { at: [], values: [] }));
      run.at.push(at);
      run.values.push(value);
    });
    for (const { series, base } of targets) {
      const run = runs.get(series);
      if (run !== undefined) for (const fold of foldsOf(series)) fold.addRun(run.at, run.values, base);
    }
  }
  for (const target of targets) {
    const [values, min, max] = (folds.get(target.series) ?? []).map((fold) => fold.finish());
    if (values !== undefined) target.points = { values, resolutionMs: HOUR_MS, ...(min && max && { min, max }) };
  }
}

/** Samples that came for an hour after it was rolled up wait in frames until it is sealed again. */
function addLate(
  scan: SampleScan,
  server: number,
  query: Query,
  plan: HourPlan,
  targets: readonly Target[],
  foldsOf: (series: number) => readonly BucketStepper[],
  look: () => void,
): void {
  const wanted = targets.map(({ series }) => series);
  for (const [series, { at, values }] of scan.frameRuns(server, query.range, wanted, look)) {
    for (const [index, instant] of at.entries()) {
      if (!plan.hours.has(Math.floor(instant / HOUR_MS) * HOUR_MS)) continue;
      // One at a time: their neighbours are in the roll-up, so nothing can be said of the growth between.
      for (const fold of foldsOf(series)) fold.addRun([instant], [values[index] ?? NaN], undefined);
    }
  }
}
