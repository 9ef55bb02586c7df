import type { ByteWriter } from "./byte-writer.ts";
import { BEND, CHANGE, FLAT, GROWTH, NUMBERS_PER_GROUP, RUN_BITS_MAX, WIDTH_BITS } from "./integer-kinds.ts";

/** Room that every column uses again: what is encoded is mostly small, and allocating would cost more than packing. */
let steps = new Int32Array(1_024);
let residuals = new Int32Array(1_024);

/**
 * The part of an integer column from the kind on, for steps that an int32 holds: the same bytes as for larger ones, in
 * a third of the time, since nearly all columns are of these.
 */
export function writeSmallSteps(numbers: Float64Array, first: number, unit: number, to: ByteWriter): void {
  const count = numbers.length;
  if (count > steps.length) {
    steps = new Int32Array(count * 2);
    residuals = new Int32Array(count * 2);
  }
  let leastStep = 0;
  let leastGrowth = 0x7fff_ffff;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const step = ((numbers[index] ?? 0) - first) / unit;
    steps[index] = step;
    if (step < leastStep) leastStep = step;
    if (index > 0 && step - before < leastGrowth) leastGrowth = step - before;
    before = step;
  }
  const kind = cheapest(count, leastStep, leastGrowth);
  const least = kind === FLAT ? leastStep : kind === GROWTH ? leastGrowth : 0;
  to.byte(kind);
  to.signedVarint(least);
  const length = fillResiduals(count, kind, least);
  for (let start = 0; start < length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(length, start + NUMBERS_PER_GROUP);
    // The widest number has the highest bit of all, which is also that of all of them or-ed.
    let all = 0;
    for (let index = start; index < end; index++) all |= residuals[index] ?? 0;
    const width = 32 - Math.clz32(all);
    to.bits(width, WIDTH_BITS);
    if (width === 0) continue;
    if (width <= RUN_BITS_MAX) to.bitRun(residuals, start, end, width);
    else for (let index = start; index < end; index++) to.bits((residuals[index] ?? 0) >>> 0, width);
  }
  to.flushBits();
}

/** Which differences take the fewest bits. */
function cheapest(count: number, leastStep: number, leastGrowth: number): number {
  let flatBits = 0;
  let grownBits = 0;
  let changedBits = 0;
  let bentBits = 0;
  let growthBefore = 0;
  let stepBefore = 0;
  for (let start = 1; start < count; start += NUMBERS_PER_GROUP) {
    const end = Math.min(count, start + NUMBERS_PER_GROUP);
    let flat = 0;
    let grown = 0;
    let changed = 0;
    let bent = 0;
    for (let index = start; index < end; index++) {
      const step = steps[index] ?? 0;
      const growth = step - stepBefore;
      const bend = growth - growthBefore;
      flat |= step - leastStep;
      grown |= growth - leastGrowth;
      changed |= (growth << 1) ^ (growth >> 31);
      bent |= (bend << 1) ^ (bend >> 31);
      growthBefore = growth;
      stepBefore = step;
    }
    const length = end - start;
    flatBits += length * (32 - Math.clz32(flat));
    grownBits += length * (32 - Math.clz32(grown));
    changedBits += length * (32 - Math.clz32(changed));
    bentBits += length * (32 - Math.clz32(bent));
  }
  const fewest = Math.min(flatBits, grownBits, changedBits, bentBits);
  if (fewest === flatBits) return FLAT;
  if (fewest === grownBits) return GROWTH;
  return fewest === changedBits ? CHANGE : BEND;
}

/** Answers how many there are. */
function fillResiduals(count: number, kind: number, least: number): number {
  if (kind === FLAT) {
    for (let index = 0; index < count; index++) residuals[index] = (steps[index] ?? 0) - least;
    return count;
  }
  let growthBefore = 0;
  let stepBefore = steps[0] ?? 0;
  for (let index = 1; index < count; index++) {
    const step = steps[index] ?? 0;
    const growth = step - stepBefore;
    const signed = kind === CHANGE ? growth : growth - growthBefore;
    residuals[index - 1] = kind === GROWTH ? growth - least : (signed << 1) ^ (signed >> 31);
    growthBefore = growth;
    stepBefore = step;
  }
  return count - 1;
}
