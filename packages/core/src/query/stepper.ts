import type { Instant, TimeRange } from "../time.ts";
import { gaugeStepper } from "./gauge-stepper.ts";
import { quantileStepper } from "./quantile-stepper.ts";
import { rateStepper } from "./rate-stepper.ts";
import type { StepFunction, Stepper } from "./step-function.ts";

/** The median unless another quantile is asked for. */
export const DEFAULT_QUANTILE = 0.5;

/** Steps are [from + i*stepMs, from + (i+1)*stepMs), the last one cut at `until`. */
export function createStepper(
  step: StepFunction,
  range: TimeRange,
  stepMs: number,
  quantile: number = DEFAULT_QUANTILE,
): Stepper {
  if (step === "rate") return rateStepper(range, stepMs);
  if (step === "quantile") return quantileStepper(range, stepMs, quantile);
  return gaugeStepper(step, range, stepMs);
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
  stepper.addRun(at, values, 0, at.length);
  return stepper.finish();
}
