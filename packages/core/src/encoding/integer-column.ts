import type { ByteReader } from "./byte-reader.ts";
import { unZigZag, zigZag } from "./byte-writer.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";
import { BEND, CHANGE, CODED, FLAT, GROWTH, NUMBERS_PER_GROUP, RUN_BITS_MAX, WIDTH_BITS } from "./integer-kinds.ts";
import { CODE_LENGTH_BITS, codeTableOf, WIDTHS } from "./prefix-code.ts";
import { writeSmallSteps } from "./small-steps.ts";

/** Larger numbers would overflow the 53 bits of a double when they are differenced twice. */
export const INTEGER_MAX = 2 ** 48;
/** Steps within this bound have differences of differences that an int32 holds with their sign. */
const SMALL_STEP_MAX = 2 ** 28;

/**
 * Whole numbers within ± INTEGER_MAX, at least one. First the number they all differ by a multiple of is divided out
 * (memory comes in pages), then the cheapest of the four differences is packed bit by bit: in groups of 32 with a common
 * width (after Lemire and Boytsov, "Decoding billions of integers per second", 2012), or each with a code of its width.
 */
export function encodeIntegers(numbers: Float64Array, to: ByteWriter): void {
  const first = numbers[0] ?? 0;
  const unit = commonUnit(numbers, first);
  to.signedVarint(first);
  to.varint(unit);
  if (unit === 0) return;
  let reach = 0;
  for (let index = 1; index < numbers.length; index++) reach = Math.max(reach, Math.abs((numbers[index] ?? 0) - first));
  if (reach / unit < SMALL_STEP_MAX) return writeSmallSteps(numbers, first, unit, to);
  const steps = new Float64Array(numbers.length);
  for (let index = 0; index < steps.length; index++) steps[index] = ((numbers[index] ?? 0) - first) / unit;
  const { kind, least } = cheapest(steps);
  to.byte(kind);
  to.signedVarint(least);
  const values = residualsOf(steps, kind, least);
  for (let start = 0; start < values.length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(values.length, start + NUMBERS_PER_GROUP);
    let most = 0;
    for (let index = start; index < end; index++) most = Math.max(most, values[index] ?? 0);
    const width = widthOf(most);
    to.bits(width, WIDTH_BITS);
    for (let index = start; index < end && width > 0; index++) to.bits(values[index] ?? 0, width);
  }
  to.flushBits();
}

/** @param count how many numbers there are, at least one. */
export function decodeIntegers(from: ByteReader, count: number): Float64Array {
  const numbers = new Float64Array(count);
  const first = from.signedVarint();
  const unit = from.varint();
  if (unit === 0) return numbers.fill(first);
  const form = from.byte();
  if (form > CODED + BEND) throw damaged(`A column has differences of the unknown kind ${form}.`);
  const kind = form % CODED;
  const least = from.signedVarint();
  const skipped = kind === FLAT ? 0 : 1;
  if (form >= CODED) readCoded(from, numbers, skipped);
  else readGroups(from, numbers, skipped);
  from.flushBits();
  let before = 0;
  let difference = 0;
  if (kind === FLAT)
    for (let index = 0; index < count; index++) numbers[index] = first + ((numbers[index] ?? 0) + least) * unit;
  else if (kind === GROWTH) {
    numbers[0] = first;
    for (let index = 1; index < count; index++) {
      before += (numbers[index] ?? 0) + least;
      numbers[index] = first + before * unit;
    }
  } else {
    numbers[0] = first;
    for (let index = 1; index < count; index++) {
      const change = unZigZag(numbers[index] ?? 0);
      difference = kind === CHANGE ? change : difference + change;
      before += difference;
      numbers[index] = first + before * unit;
    }
  }
  return numbers;
}

/** Numbers from place `first` on, in groups of a common width. */
function readGroups(from: ByteReader, numbers: Float64Array, first: number): void {
  for (let start = first; start < numbers.length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(numbers.length, start + NUMBERS_PER_GROUP);
    const width = from.bits(WIDTH_BITS);
    if (width > 53) throw damaged(`A column has numbers of ${width} bits.`);
    if (width === 0) continue;
    if (width <= RUN_BITS_MAX) from.bitRun(numbers, start, end, width);
    else for (let index = start; index < end; index++) numbers[index] = from.bits(width);
  }
}

/** Numbers from place `first` on, each with the code of its width. */
function readCoded(from: ByteReader, numbers: Float64Array, first: number): void {
  const widths = from.byte();
  if (widths > WIDTHS) throw damaged(`A column has ${widths} widths.`);
  const lengths = new Uint8Array(widths);
  for (let width = 0; width < widths; width++) lengths[width] = from.bits(CODE_LENGTH_BITS);
  const { table, bits } = codeTableOf(lengths);
  from.codedRun(numbers, first, numbers.length, table, bits);
}

/** Which differences take the fewest bits, and the least of them where the kind has no sign. `steps` begins with 0. */
function cheapest(steps: Float64Array): { readonly kind: number; readonly least: number } {
  let leastStep = 0;
  let leastGrowth = Infinity;
  for (let index = 1; index < steps.length; index++) {
    const step = steps[index] ?? 0;
    const growth = step - (steps[index - 1] ?? 0);
    if (step < leastStep) leastStep = step;
    if (growth < leastGrowth) leastGrowth = growth;
  }
  const bitCounts = [0, 0, 0, 0];
  let growthBefore = 0;
  // The groups of the differences begin one later than those of the numbers, which costs the choice next to nothing.
  for (let start = 1; start < steps.length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(steps.length, start + NUMBERS_PER_GROUP);
    let [flat, grown, changed, bent] = [0, 0, 0, 0];
    for (let index = start; index < end; index++) {
      const step = steps[index] ?? 0;
      const growth = step - (steps[index - 1] ?? 0);
      flat = Math.max(flat, step - leastStep);
      grown = Math.max(grown, growth - leastGrowth);
      changed = Math.max(changed, zigZag(growth));
      bent = Math.max(bent, zigZag(growth - growthBefore));
      growthBefore = growth;
    }
    for (const [kind, most] of [flat, grown, changed, bent].entries()) {
      bitCounts[kind] = (bitCounts[kind] ?? 0) + (end - start) * widthOf(most);
    }
  }
  const kind = bitCounts.indexOf(Math.min(...bitCounts));
  return { kind, least: kind === FLAT ? leastStep : kind === GROWTH ? leastGrowth : 0 };
}

function residualsOf(steps: Float64Array, kind: number, least: number): Float64Array {
  if (kind === FLAT) {
    const values = new Float64Array(steps.length);
    for (let index = 0; index < values.length; index++) values[index] = (steps[index] ?? 0) - least;
    return values;
  }
  const values = new Float64Array(steps.length - 1);
  let growthBefore = 0;
  for (let index = 0; index < values.length; index++) {
    const growth = (steps[index + 1] ?? 0) - (steps[index] ?? 0);
    values[index] = kind === GROWTH ? growth - least : zigZag(kind === CHANGE ? growth : growth - growthBefore);
    growthBefore = growth;
  }
  return values;
}

const widthOf = (most: number): number => (most < 2 ** 32 ? 32 - Math.clz32(most) : 64 - Math.clz32(most / 2 ** 32));

/** The greatest number that all differ by a multiple of; 0 when all are equal. */
function commonUnit(numbers: Float64Array, first: number): number {
  let unit = 0;
  for (let index = 1; index < numbers.length && unit !== 1; index++) {
    let rest = Math.abs((numbers[index] ?? 0) - first);
    if (unit === 0) unit = rest;
    else if (rest % unit !== 0) {
      while (rest !== 0) [unit, rest] = [rest, unit % rest];
    }
  }
  return unit;
}
