import type { Instant, TimeRange } from "../time.ts";
import { stepCount } from "./step-function.ts";
import type { StepFunction, Stepper } from "./step-function.ts";

type GaugeFunction = Exclude<StepFunction, "rate" | "quantile">;
/** The point so far with one more value; `count` includes that value. The first value of a step arrives with count 1. */
type Fold = (sofar: number, value: number, count: number) => number;

const FOLDS: Readonly<Record<GaugeFunction, Fold>> = {
  // A running mean stays between min and max, which a sum divided at the end does not promise after rounding.
  avg: (mean, value, count) => {
    if (count === 1) return value;
    const way = value - mean;
    // The way between numbers far apart is more than a float64 can say.
    return Number.isFinite(way) ? mean + way / count : mean + (value / count - mean / count);
  },
  min: (least, value, count) => (count === 1 || value < least ? value : least),
  max: (most, value, count) => (count === 1 || value > most ? value : most),
  last: (_before, value) => value,
  sum: (total, value, count) => (count === 1 ? value : total + value),
  count: (_before, _value, count) => count,
};

/** Every function that looks at the samples of one step alone. */
export function gaugeStepper(step: GaugeFunction, range: TimeRange, stepMs: number): Stepper {
  const fold = FOLDS[step];
  const points = new Float64Array(stepCount(range, stepMs)).fill(NaN);
  // Samples ascend, so only the step being filled needs its count.
  let filling = -1;
  let count = 0;
  const add = (at: Instant, value: number): void => {
    if (Number.isNaN(value) || at < range.from || at >= range.until) return;
    const index = Math.floor((at - range.from) / stepMs);
    count = index === filling ? count + 1 : 1;
    filling = index;
    points[index] = fold(points[index] ?? NaN, value, count);
  };
  return {
    add,
    addRun(at, values, first, end) {
      for (let row = first; row < end; row++) add(at[row] ?? NaN, values[row] ?? NaN);
    },
    finish: () => points,
  };
}
