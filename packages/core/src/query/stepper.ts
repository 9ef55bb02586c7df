import type { Instant, TimeRange } from "../time.ts";
import { gaugeStepper } from "./gauge-stepper.ts";
import { rateStepper } from "./rate-stepper.ts";
import type { StepFunction, Stepper } from "./step-function.ts";

/** Steps are [from + i*stepMs, from + (i+1)*stepMs), the last one cut at `until`. */
export function createStepper(step: StepFunction, range: TimeRange, stepMs: number): Stepper {
  return step === "rate" ? rateStepper(range, stepMs) : gaugeStepper(step, range, stepMs);
}

/** The same over whole columns: at[i] belongs to values[i], ascending. */
export function stepColumn(
  step: StepFunction,
  range: TimeRange,
  stepMs: number,
  at: ArrayLike<Instant>,
  values: ArrayLike<number>,
): Float64Array {
  const stepper = createStepper(step, range, stepMs);
  for (let index = 0; index < at.length; index++) stepper.add(at[index] ?? NaN, values[index] ?? NaN);
  return stepper.finish();
}
