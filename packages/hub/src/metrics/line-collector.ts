import { createCombiner, createStepper, meanOf, MusterError, stepCount } from "@muster/core";
import type { Combiner, Labels, StepFunction, Stepper, TimeRange } from "@muster/core";
import type { Query, QueryLine, Selection } from "./metric-store.ts";
import { compareText } from "./series-order.ts";

/** The points of one series of one selection. */
export interface SeriesLine {
  readonly selection: number;
  readonly serverId: string;
  readonly labels: Labels;
  readonly labelsText: string;
  readonly values: Float64Array;
  readonly min?: Float64Array;
  readonly max?: Float64Array;
  readonly resolutionMs?: number;
}

interface Group {
  readonly name: string;
  readonly combiner: Combiner;
  /** A text for each series that is in it. */
  readonly series: Set<string>;
  resolutionMs: number;
}

/** Takes the lines of the whole range, or, for what is combined, those of some of its steps. */
export interface LinePart {
  readonly range: TimeRange;
  /** Called with the first sample of a series, before room is made for its points. */
  spend(): void;
  /** The steppers of one series: its points, then its band where it has one. */
  steppers(selection: Selection): readonly Stepper[];
  take(line: SeriesLine): void;
}

/** Means, sums and counts of counters have no least and greatest sample worth showing. */
const BANDED: readonly StepFunction[] = ["avg", "min", "max", "last", "quantile"];

/** Whether the answer of a selection has a band, before anything is combined. */
export const hasBand = (query: Query, { step }: Selection): boolean => query.bands === true && BANDED.includes(step);

/**
 * Gathers the lines of an answer as they are made: combines them, keeps the topmost, and refuses with QUERY_TOO_LARGE
 * what passes `pointsMax`. The constructor throws BAD_REQUEST for a query of a wrong shape.
 */
export class LineCollector {
  readonly #query: Query;
  readonly #points: number;
  readonly #lines: (SeriesLine & { readonly mean: number })[][];
  readonly #groupsOf: ReadonlyMap<string, readonly number[]> | undefined;
  readonly #groups: (Group | undefined)[][];
  #spentPoints = 0;

  constructor(query: Query) {
    assertShape(query);
    this.#query = query;
    this.#points = stepCount(query.range, query.stepMs);
    this.#lines = query.select.map(() => []);
    this.#groups = query.select.map(() => []);
    if (query.combine === undefined) return;
    const groupsOf = new Map<string, number[]>();
    for (const [index, { serverIds }] of query.combine.groups.entries()) {
      for (const serverId of new Set(serverIds)) groupsOf.set(serverId, [...(groupsOf.get(serverId) ?? []), index]);
    }
    this.#groupsOf = groupsOf;
  }

  /** A part begins with a step and ends with one. */
  part(range: TimeRange): LinePart {
    const { stepMs, range: whole, top } = this.#query;
    const first = Math.round((range.from - whole.from) / stepMs);
    return {
      range,
      spend: () => {
        if (this.#groupsOf === undefined && top === undefined) this.#count();
      },
      steppers: (selection) => {
        const steppers = [createStepper(selection.step, range, stepMs, selection.quantile)];
        if (hasBand(this.#query, selection)) {
          for (const step of ["min", "max"] as const) steppers.push(createStepper(step, range, stepMs));
        }
        return steppers;
      },
      take: (line) => {
        if (this.#groupsOf === undefined) this.#keep(line);
        else this.#combine(line, this.#groupsOf.get(line.serverId) ?? [], first);
      },
    };
  }

  #keep(line: SeriesLine): void {
    const lines = this.#lines[line.selection] ?? [];
    const { top } = this.#query;
    const mean = top === undefined ? 0 : meanOf(line.values);
    if (top !== undefined && lines.length === top) {
      const weakest = lines.reduce(
        (least, other, index) => (other.mean < (lines[least]?.mean ?? 0) ? index : least),
        0,
      );
      if (mean > (lines[weakest]?.mean ?? -Infinity)) lines[weakest] = { ...line, mean };
      return;
    }
    if (top !== undefined) this.#count();
    lines.push({ ...line, mean });
  }

  finish(): readonly QueryLine[] {
    return this.#query.select.flatMap(({ metric }, selection) =>
      this.#groupsOf === undefined
        ? (this.#lines[selection] ?? [])
            .sort(
              (left, right) =>
                compareText(left.serverId, right.serverId) || compareText(left.labelsText, right.labelsText),
            )
            .map(({ mean: _mean, labelsText: _text, ...line }) => ({
              ...line,
              metric,
              group: undefined,
              seriesCount: 1,
            }))
        : this.#combined(selection, metric),
    );
  }

  #combined(selection: number, metric: string): readonly QueryLine[] {
    const { top, bands } = this.#query;
    const lines = (this.#groups[selection] ?? []).flatMap((group) => {
      if (group === undefined) return [];
      const { values, min, max } = group.combiner.finish();
      const line: QueryLine = {
        selection,
        metric,
        serverId: undefined,
        group: group.name,
        labels: {},
        seriesCount: group.series.size,
        values,
        ...(bands === true && { min, max }),
        ...(group.resolutionMs > 0 && { resolutionMs: group.resolutionMs }),
      };
      return [line];
    });
    if (top === undefined || lines.length <= top) return lines;
    const means = new Map(lines.map((line) => [line, meanOf(line.values)]));
    const kept = new Set(
      [...lines].sort((left, right) => (means.get(right) ?? 0) - (means.get(left) ?? 0)).slice(0, top),
    );
    return lines.filter((line) => kept.has(line));
  }

  #combine(line: SeriesLine, indexes: readonly number[], first: number): void {
    const groups = this.#groups[line.selection] ?? [];
    for (const index of indexes) {
      let group = groups[index];
      if (group === undefined) {
        this.#count();
        const { groups: asked = [], function: combine = "avg" } = this.#query.combine ?? {};
        const combiner = createCombiner(combine, this.#points);
        groups[index] = group = { name: asked[index]?.name ?? "", combiner, series: new Set(), resolutionMs: 0 };
      }
      group.combiner.add(line, first);
      group.series.add(`${line.serverId} ${line.labelsText}`);
      group.resolutionMs = Math.max(group.resolutionMs, line.resolutionMs ?? 0);
    }
  }

  #count(): void {
    this.#spentPoints += this.#points;
    if (this.#spentPoints > this.#query.pointsMax) throw new MusterError("QUERY_TOO_LARGE");
  }
}

function assertShape({ stepMs, select, top }: Query): void {
  const refuse = (field: string, why: string): never => {
    throw new MusterError("BAD_REQUEST", { fields: { [field]: why } });
  };
  if (!(Number.isSafeInteger(stepMs) && stepMs > 0)) {
    refuse("stepMs", "is not a whole number of milliseconds from 1 on");
  }
  if (top !== undefined && !(Number.isSafeInteger(top) && top > 0)) refuse("top", "is not a whole number from 1 on");
  for (const [index, { quantile = 0 }] of select.entries()) {
    if (!(quantile >= 0 && quantile <= 1)) refuse(`select[${index}].quantile`, "is not a number from 0 to 1");
  }
}
