export { encodeBlock, BlockReader } from "./block.ts";
export type { Block } from "./block.ts";
export { decimalsOf, scaleUp } from "./decimal-scale.ts";
