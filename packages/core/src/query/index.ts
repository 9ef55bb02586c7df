export { STEP_FUNCTIONS, stepCount } from "./step-function.ts";
export type { StepFunction, Stepper } from "./step-function.ts";
export { createStepper, DEFAULT_QUANTILE, stepColumn } from "./stepper.ts";
export { growthStepper, RATE_GAP_INTERVALS, RATE_LOOKBACK_MS } from "./rate-stepper.ts";
export type { GrowthStepper } from "./rate-stepper.ts";
export { quantileOf } from "./quantile-stepper.ts";
export { COMBINE_FUNCTIONS, createCombiner, meanOf } from "./combiner.ts";
export type { CombineFunction, Combiner, LinePoints } from "./combiner.ts";
