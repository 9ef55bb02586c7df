export { encodeBlock, BlockReader } from "./block.ts";
export type { Block } from "./block.ts";
export { bucketStepper } from "./bucket-stepper.ts";
export type { BucketStepper } from "./bucket-stepper.ts";
export { rollUp } from "./roll-up.ts";
export type { RollUp, TimedValue } from "./roll-up.ts";
export { isSealDue, sealSpan } from "./seal-plan.ts";
