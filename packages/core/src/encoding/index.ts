export { encodeBlock, BlockReader } from "./block.ts";
export type { Block } from "./block.ts";
export { bucketStepper } from "./bucket-stepper.ts";
export type { BucketStepper } from "./bucket-stepper.ts";
export { bucketFold } from "./bucket-fold.ts";
export type { BucketColumns, BucketFold } from "./bucket-fold.ts";
export { ROLL_UP_FIELDS, rollUp } from "./roll-up.ts";
export type { RollUp, RollUpField, TimedValue } from "./roll-up.ts";
export { isSealDue, sealSpan } from "./seal-plan.ts";
