/** How the points that several series have for one step become one. A series without a point there does not count. */
export const COMBINE_FUNCTIONS = ["avg", "min", "max", "sum", "count"] as const;
export type CombineFunction = (typeof COMBINE_FUNCTIONS)[number];

/** The points of one line, and where bands were asked for the least and the greatest sample of each step. */
export interface LinePoints {
  readonly values: Float64Array;
  readonly min?: Float64Array;
  readonly max?: Float64Array;
}

/** Takes lines one after the other and holds one number a step. */
export interface Combiner {
  /** Its points are those from `first` on. */
  add(line: LinePoints, first?: number): void;
  /** The combined line; its band goes from the least to the greatest of all. NaN where no line had a point. */
  finish(): Required<LinePoints>;
}

export function createCombiner(combine: CombineFunction, points: number): Combiner {
  const counts = new Float64Array(points);
  const sums = new Float64Array(points);
  const least = new Float64Array(points).fill(Infinity);
  const most = new Float64Array(points).fill(-Infinity);
  // Of the values themselves; the band reaches further.
  const lowest = new Float64Array(points).fill(Infinity);
  const highest = new Float64Array(points).fill(-Infinity);
  return {
    add({ values, min = values, max = values }, first = 0) {
      for (let place = 0; place < values.length; place++) {
        const value = values[place] ?? NaN;
        if (Number.isNaN(value)) continue;
        const index = first + place;
        counts[index] = (counts[index] ?? 0) + 1;
        sums[index] = (sums[index] ?? 0) + value;
        lowest[index] = Math.min(lowest[index] ?? 0, value);
        highest[index] = Math.max(highest[index] ?? 0, value);
        least[index] = Math.min(least[index] ?? 0, min[place] ?? value);
        most[index] = Math.max(most[index] ?? 0, max[place] ?? value);
      }
    },
    finish() {
      const or = (value: number, index: number): number => ((counts[index] ?? 0) > 0 ? value : NaN);
      const combined = {
        // Rounding may push a mean past its extremes.
        avg: () =>
          sums.map((sum, index) =>
            or(Math.min(Math.max(sum / (counts[index] ?? 1), lowest[index] ?? 0), highest[index] ?? 0), index),
          ),
        min: () => lowest.map(or),
        max: () => highest.map(or),
        sum: () => sums.map(or),
        count: () => counts.map(or),
      } satisfies Record<CombineFunction, () => Float64Array>;
      return { values: combined[combine](), min: least.map(or), max: most.map(or) };
    },
  };
}

/** The mean of the points there are; -Infinity where there is none, so that such a line comes last. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? -Infinity : sum / count;
}
