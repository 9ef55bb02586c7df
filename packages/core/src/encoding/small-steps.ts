import type { ByteWriter } from "./byte-writer.ts";
import { BEND, CHANGE, CODED, CODED_NUMBERS_MIN, FLAT, GROWTH } from "./integer-kinds.ts";
import { NUMBERS_PER_GROUP, RUN_BITS_MAX, WIDTH_BITS } from "./integer-kinds.ts";
import { CODE_LENGTH_BITS, codeLengthsOf, codesOf, WIDTHS } from "./prefix-code.ts";

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
  const { kind, isCoded } = cheapest(count, leastStep, leastGrowth);
  const least = kind === FLAT ? leastStep : kind === GROWTH ? leastGrowth : 0;
  to.byte(isCoded ? kind + CODED : kind);
  to.signedVarint(least);
  const length = fillResiduals(count, kind, least);
  if (isCoded) writeCoded(length, kind, to);
  else writeGroups(length, to);
  to.flushBits();
}

function writeGroups(length: number, to: ByteWriter): void {
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
}

/** By `cheapest`, which counted the widths. */
function writeCoded(length: number, kind: number, to: ByteWriter): void {
  const counts = widthCounts.subarray(kind * WIDTHS, (kind + 1) * WIDTHS);
  // Of what is kept flat, the first number is written as well.
  if (kind === FLAT) countWidth(FLAT, residuals[0] ?? 0);
  const lengths = codeLengthsOf(counts);
  const widths = lengths.findLastIndex((codeLength) => codeLength > 0) + 1;
  to.byte(widths);
  for (let width = 0; width < widths; width++) to.bits(lengths[width] ?? 0, CODE_LENGTH_BITS);
  to.codedRun(residuals, length, codesOf(lengths), lengths);
}

/** How many numbers of each kind have each width. */
const widthCounts = new Int32Array((BEND + 1) * WIDTHS);

/** Which differences take the fewest bits, and in which form. */
function cheapest(
  count: number,
  leastStep: number,
  leastGrowth: number,
): { readonly kind: number; readonly isCoded: boolean } {
  const bits = [0, 0, 0, 0];
  let growthBefore = 0;
  let stepBefore = 0;
  widthCounts.fill(0);
  for (let start = 1; start < count; start += NUMBERS_PER_GROUP) {
    const end = Math.min(count, start + NUMBERS_PER_GROUP);
    let [flat, grown, changed, bent] = [0, 0, 0, 0];
    for (let index = start; index < end; index++) {
      const step = steps[index] ?? 0;
      const growth = step - stepBefore;
      const bend = growth - growthBefore;
      flat |= countWidth(FLAT, step - leastStep);
      grown |= countWidth(GROWTH, growth - leastGrowth);
      changed |= countWidth(CHANGE, (growth << 1) ^ (growth >> 31));
      bent |= countWidth(BEND, (bend << 1) ^ (bend >> 31));
      growthBefore = growth;
      stepBefore = step;
    }
    for (const [kind, all] of [flat, grown, changed, bent].entries()) {
      bits[kind] = (bits[kind] ?? 0) + WIDTH_BITS + (end - start) * (32 - Math.clz32(all));
    }
  }
  const codedBits = count < CODED_NUMBERS_MIN ? [] : bits.map((_bits, kind) => codedBitsOf(kind, count - 1));
  const [inGroups, coded] = [Math.min(...bits), Math.min(...codedBits)];
  return coded < inGroups
    ? { kind: codedBits.indexOf(coded), isCoded: true }
    : { kind: bits.indexOf(inGroups), isCoded: false };
}

function countWidth(kind: number, number: number): number {
  const place = kind * WIDTHS + 32 - Math.clz32(number);
  widthCounts[place] = (widthCounts[place] ?? 0) + 1;
  return number;
}

/** About how many bits so many numbers take with codes of their widths. */
function codedBitsOf(kind: number, total: number): number {
  let bits = total * Math.log2(total);
  let widths = 0;
  for (let width = 0; width < WIDTHS; width++) {
    const count = widthCounts[kind * WIDTHS + width] ?? 0;
    if (count === 0) continue;
    bits += count * (Math.max(0, width - 1) - Math.log2(count));
    widths = width + 1;
  }
  // No code is shorter than one bit.
  return Math.max(bits, total) + 8 + widths * CODE_LENGTH_BITS;
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
