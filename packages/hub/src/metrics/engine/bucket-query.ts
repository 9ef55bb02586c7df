import { bucketStepper, HOUR_MS } from "@muster/core";
import type { BucketColumns, BucketStepper, Instant, TimeRange } from "@muster/core";
import { hasBand } from "../line-collector.ts";
import type { LinePart } from "../line-collector.ts";
import type { Query } from "../metric-store.ts";
import { bucketColumns } from "./bucket-columns.ts";
import type { Look, Run, SampleScan } from "./sample-scan.ts";
import type { Retained } from "./retained.ts";
import { basesBefore } from "./targets.ts";
import type { Target } from "./targets.ts";
import { RAW } from "./schema.ts";
import type { ClosedHours } from "./series-hours.ts";
import { ROLL_UP_TIERS } from "./tiers.ts";

interface Fold {
  readonly target: Target;
  readonly steppers: readonly BucketStepper[];
  resolutionMs: number;
}

/** Whether roll-ups may answer some of a query: where steps are long enough, or samples are gone. */
export const mayUseBuckets = (stepMs: number, range: TimeRange, retained: Retained): boolean =>
  (stepMs >= HOUR_MS && hasWholeHour(range)) || range.from < retained.since(RAW);

const hasWholeHour = ({ from, until }: TimeRange): boolean => Math.ceil(from / HOUR_MS) * HOUR_MS + HOUR_MS <= until;

/**
 * Answers the targets of one server from roll-ups, late samples that are not in them yet, and samples in between. A
 * bucket is taken where it lies in one step whole, and then gives what its samples would; or where what it was made of is
 * gone, and then it stands in the step in which it begins. Coarse ones are taken first.
 */
export class BucketQuery {
  readonly #scan: SampleScan;
  readonly #retained: Retained;
  readonly #closedHours: ClosedHours;

  constructor(scan: SampleScan, retained: Retained, closedHours: ClosedHours) {
    this.#scan = scan;
    this.#retained = retained;
    this.#closedHours = closedHours;
  }

  run(server: number, serverId: string, query: Query, targets: readonly Target[], part: LinePart, look: Look): void {
    // A quantile needs the samples as long as they are there.
    const isExact = (target: Target): boolean => target.asked.step === "quantile";
    for (const exactly of [false, true]) {
      const ofKind = targets.filter((target) => isExact(target) === exactly);
      if (ofKind.length > 0) this.#fold(server, serverId, query, ofKind, exactly, part, look);
    }
  }

  #fold(
    server: number,
    serverId: string,
    query: Query,
    targets: readonly Target[],
    isExact: boolean,
    part: LinePart,
    look: Look,
  ): void {
    const { stepMs } = query;
    const { range } = part;
    const folds = targets.map((target): Fold => ({
      target,
      steppers: this.#steppers(query, range, target),
      resolutionMs: 0,
    }));
    const filled = new Set<Fold>();
    const fill = (fold: Fold): void => {
      if (!filled.has(fold)) part.spend();
      filled.add(fold);
    };
    let rest: readonly TimeRange[] = [range];
    for (const { resolutionMs, finer } of ROLL_UP_TIERS) {
      const goneBefore = this.#retained.since(finer);
      const isLongEnough = !isExact && stepMs >= resolutionMs;
      // Hours are made with their samples, minutes instead of them.
      const isMadeBeside = resolutionMs === HOUR_MS;
      if (!(isLongEnough && isMadeBeside) && range.from >= goneBefore) continue;
      const stepOf = (instant: Instant): number => Math.floor((instant - range.from) / stepMs);
      const isWanted = (start: Instant): boolean => {
        const last = start + resolutionMs - 1;
        return start < goneBefore || (isLongEnough && last < range.until && stepOf(start) === stepOf(last));
      };
      const taken = new Set<Instant>();
      const put = (fold: Fold, columns: BucketColumns, rows: readonly number[]): void => {
        let hasAny = false;
        for (const stepper of fold.steppers) hasAny = stepper.addBuckets(columns, rows) || hasAny;
        if (!hasAny) return;
        fill(fold);
        fold.resolutionMs = Math.max(fold.resolutionMs, resolutionMs);
      };
      for (const block of this.#scan.blocks(server, resolutionMs, range)) {
        const rows = rowsOf(block.at, rest, isWanted);
        look(rows.length * targets.length);
        for (const row of rows) taken.add(block.at[row] ?? NaN);
        if (rows.length > 0) for (const fold of folds) put(fold, bucketColumns(block, fold.target.series), rows);
      }
      if (resolutionMs === HOUR_MS) {
        const inDays = new Set(taken);
        const isWantedYet = (start: Instant): boolean => !inDays.has(start) && isWanted(start);
        for (const fold of folds) {
          for (const columns of this.#closedHours.of(fold.target.series, range)) {
            const rows = rowsOf(columns.start, rest, isWantedYet);
            look(rows.length);
            for (const row of rows) taken.add(columns.start[row] ?? NaN);
            if (rows.length > 0) put(fold, columns, rows);
          }
        }
      }
      const starts = Float64Array.from(taken).sort();
      if (resolutionMs === HOUR_MS) this.#addLate(server, range, taken, folds, fill, look);
      rest = without(rest, starts, resolutionMs);
    }
    for (const part of rest) this.#addSamples(server, part, folds, fill, look);
    for (const fold of folds) {
      if (!filled.has(fold)) continue;
      const { selection, labels, labelsText } = fold.target;
      const [values = new Float64Array(), min, max] = fold.steppers.map((stepper) => stepper.finish());
      const resolution = fold.resolutionMs > 0 && { resolutionMs: fold.resolutionMs };
      part.take({ selection, serverId, labels, labelsText, values, ...(min && max && { min, max }), ...resolution });
    }
  }

  #steppers(query: Query, range: TimeRange, { asked }: Target): readonly BucketStepper[] {
    const steps = hasBand(query, asked) ? ([asked.step, "min", "max"] as const) : [asked.step];
    return steps.map((step) => bucketStepper(step, range, query.stepMs, asked.quantile));
  }

  /** Samples that came for an hour after it was rolled up wait in frames until it is sealed again. */
  #addLate(
    server: number,
    range: TimeRange,
    hours: ReadonlySet<Instant>,
    folds: readonly Fold[],
    fill: (fold: Fold) => void,
    look: Look,
  ): void {
    if (hours.size === 0) return;
    const runs = this.#scan.frameRuns(server, range, seriesOf(folds), look);
    for (const fold of folds) {
      const run: Run = runs.get(fold.target.series) ?? { at: [], values: [] };
      for (const [index, at] of run.at.entries()) {
        if (!hours.has(Math.floor(at / HOUR_MS) * HOUR_MS)) continue;
        fill(fold);
        // One at a time: their neighbours are in the roll-up, so nothing can be said of the growth between.
        for (const stepper of fold.steppers) stepper.addRun([at], [run.values[index] ?? NaN], undefined);
      }
    }
  }

  #addSamples(server: number, range: TimeRange, folds: readonly Fold[], fill: (fold: Fold) => void, look: Look): void {
    const bases = basesBefore(
      this.#scan,
      server,
      range.from,
      folds.map(({ target }) => target),
      look,
    );
    const runs = new Map<number, Run>();
    this.#scan.forEachRun(server, range, seriesOf(folds), look, (series, at, values, first, end) => {
      let run = runs.get(series);
      if (run === undefined) runs.set(series, (run = { at: [], values: [] }));
      for (let row = first; row < end; row++) {
        const value = values[row] ?? NaN;
        if (Number.isNaN(value)) continue;
        run.at.push(at[row] ?? NaN);
        run.values.push(value);
      }
    });
    for (const fold of folds) {
      const run = runs.get(fold.target.series);
      if (run === undefined || run.at.length === 0) continue;
      fill(fold);
      for (const stepper of fold.steppers) stepper.addRun(run.at, run.values, bases.get(fold.target.series));
    }
  }
}

const seriesOf = (folds: readonly Fold[]): readonly number[] => [...new Set(folds.map(({ target }) => target.series))];

/** Which of ascending starts lie in one of ascending ranges and are wanted. */
function rowsOf(
  starts: ArrayLike<Instant>,
  ranges: readonly TimeRange[],
  isWanted: (start: Instant) => boolean,
): number[] {
  const rows: number[] = [];
  let row = 0;
  for (const { from, until } of ranges) {
    while ((starts[row] ?? Infinity) < from) row++;
    for (; (starts[row] ?? Infinity) < until; row++) if (isWanted(starts[row] ?? NaN)) rows.push(row);
  }
  return rows;
}

/** What is left of ascending ranges without buckets of one length, ascending too. */
function without(ranges: readonly TimeRange[], starts: ArrayLike<Instant>, lengthMs: number): readonly TimeRange[] {
  const left: TimeRange[] = [];
  let next = 0;
  for (const { from, until } of ranges) {
    let begin = from;
    for (; next < starts.length && (starts[next] ?? Infinity) < until; next++) {
      const start = starts[next] ?? NaN;
      if (start > begin) left.push({ from: begin, until: start });
      begin = start + lengthMs;
    }
    if (begin < until) left.push({ from: begin, until });
  }
  return left;
}
