import type { Instant, TimeRange } from "../time.ts";
import { stepCount } from "./step-function.ts";
import type { Stepper } from "./step-function.ts";

/** Where the quantile falls between two numbers it is interpolated (type 7 of Hyndman and Fan, 1996; Prometheus too). */
export function quantileOf(ascending: Float64Array, quantile: number): number {
  if (ascending.length === 0) return NaN;
  const place = Math.min(1, Math.max(0, quantile)) * (ascending.length - 1);
  const below = Math.floor(place);
  const low = ascending[below] ?? NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? NaN;
  return between(low, high, place - below);
}

/** `fraction` of the way. The whole way between numbers far apart is more than a float64 can say. */
function between(low: number, high: number, fraction: number): number {
  if (fraction === 0) return low;
  const way = high - low;
  return Math.min(high, Number.isFinite(way) ? low + way * fraction : low * (1 - fraction) + high * fraction);
}

/** The same where each value stands for so many equal ones. NaN when there is none. */
export function weightedQuantile(
  pairs: readonly (readonly [value: number, weight: number])[],
  quantile: number,
): number {
  const ascending = [...pairs].sort(([left], [right]) => left - right);
  const total = ascending.reduce((sum, [, weight]) => sum + weight, 0);
  const place = Math.min(1, Math.max(0, quantile)) * (total - 1);
  const at = (index: number): number => {
    let passed = 0;
    for (const [value, weight] of ascending) {
      passed += weight;
      if (passed > index) return value;
    }
    return ascending.at(-1)?.[0] ?? NaN;
  };
  const below = Math.floor(place);
  return between(at(below), at(below + 1), place - below);
}

/** A quantile of the samples of each step. Holds the samples of one step at a time. */
export function quantileStepper(range: TimeRange, stepMs: number, quantile: number): Stepper {
  const points = new Float64Array(stepCount(range, stepMs)).fill(NaN);
  let filling = -1;
  let gathered = new Float64Array(64);
  let count = 0;
  const settle = (): void => {
    if (count > 0) points[filling] = quantileOf(gathered.slice(0, count).sort(), quantile);
    count = 0;
  };
  const add = (at: Instant, value: number): void => {
    if (Number.isNaN(value) || at < range.from || at >= range.until) return;
    const index = Math.floor((at - range.from) / stepMs);
    if (index !== filling) settle();
    filling = index;
    if (count === gathered.length) {
      const grown = new Float64Array(count * 2);
      grown.set(gathered);
      gathered = grown;
    }
    gathered[count++] = value;
  };
  return {
    add,
    addRun(at, values, first, end) {
      for (let row = first; row < end; row++) add(at[row] ?? NaN, values[row] ?? NaN);
    },
    finish() {
      settle();
      return points;
    },
  };
}
