import type { ByteReader } from "./byte-reader.ts";
import { unZigZag, zigZag } from "./byte-writer.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";

/** Larger numbers would overflow the 53 bits of a double when they are differenced twice. */
export const INTEGER_MAX = 2 ** 48;
/** So many neighbours share one width; a spike makes no more of them wide. */
const NUMBERS_PER_GROUP = 32;
const WIDTH_BITS = 6;

/**
 * What is kept of the numbers. Flat: less the least of them. Growth: the difference to the one before, less the least
 * difference. Change: that difference with its sign. Bend: the difference of differences with its sign.
 */
const FLAT = 0;
const GROWTH = 1;
const CHANGE = 2;
const BEND = 3;

/**
 * Whole numbers within ± INTEGER_MAX, at least one. First the number they all differ by a multiple of is divided out
 * (memory comes in pages), then the cheapest of the four differences is packed bit by bit, in groups of 32 with a common
 * width (after Lemire and Boytsov, "Decoding billions of integers per second", 2012).
 */
export function encodeIntegers(numbers: Float64Array, to: ByteWriter): void {
  const first = numbers[0] ?? 0;
  const unit = commonUnit(numbers, first);
  to.signedVarint(first);
  to.varint(unit);
  if (unit === 0) return;
  const steps = numbers.map((number) => (number - first) / unit);
  let best = residualsOf(steps, FLAT);
  for (const kind of [GROWTH, CHANGE, BEND]) {
    const other = residualsOf(steps, kind);
    if (other.bitCount < best.bitCount) best = other;
  }
  to.byte(best.kind);
  to.signedVarint(best.least);
  const { values } = best;
  for (let start = 0; start < values.length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(values.length, start + NUMBERS_PER_GROUP);
    const width = widthOf(values, start, end);
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
  const kind = from.byte();
  if (kind > BEND) throw damaged(`A column has differences of the unknown kind ${kind}.`);
  const least = from.signedVarint();
  const skipped = kind === FLAT ? 0 : 1;
  let before = 0;
  let difference = 0;
  numbers[0] = first;
  for (let start = skipped; start < count; start += NUMBERS_PER_GROUP) {
    const end = Math.min(count, start + NUMBERS_PER_GROUP);
    const width = from.bits(WIDTH_BITS);
    if (width > 53) throw damaged(`A column has numbers of ${width} bits.`);
    for (let index = start; index < end; index++) {
      const residual = width === 0 ? 0 : from.bits(width);
      if (kind === FLAT) before = residual + least;
      else {
        if (kind === GROWTH) difference = residual + least;
        else if (kind === CHANGE) difference = unZigZag(residual);
        else difference += unZigZag(residual);
        before += difference;
      }
      numbers[index] = first + before * unit;
    }
  }
  from.flushBits();
  return numbers;
}

interface Residuals {
  readonly kind: number;
  /** What was taken from each, where the kind has no sign. */
  readonly least: number;
  readonly values: Float64Array;
  readonly bitCount: number;
}

/** `steps` begins with 0. */
function residualsOf(steps: Float64Array, kind: number): Residuals {
  const skipped = kind === FLAT ? 0 : 1;
  const values = new Float64Array(steps.length - skipped);
  let least = 0;
  if (kind === FLAT || kind === GROWTH) {
    least = Infinity;
    for (let index = 0; index < values.length; index++) {
      const value = kind === FLAT ? (steps[index] ?? 0) : (steps[index + 1] ?? 0) - (steps[index] ?? 0);
      values[index] = value;
      if (value < least) least = value;
    }
    if (values.length === 0) least = 0;
    for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) - least;
  } else {
    let differenceBefore = 0;
    for (let index = 0; index < values.length; index++) {
      const difference = (steps[index + 1] ?? 0) - (steps[index] ?? 0);
      values[index] = zigZag(kind === CHANGE ? difference : difference - differenceBefore);
      differenceBefore = difference;
    }
  }
  return { kind, least, values, bitCount: bitCountOf(values) };
}

function bitCountOf(values: Float64Array): number {
  let bitCount = 0;
  for (let start = 0; start < values.length; start += NUMBERS_PER_GROUP) {
    const end = Math.min(values.length, start + NUMBERS_PER_GROUP);
    bitCount += WIDTH_BITS + (end - start) * widthOf(values, start, end);
  }
  return bitCount;
}

function widthOf(values: Float64Array, start: number, end: number): number {
  let most = 0;
  for (let index = start; index < end; index++) {
    const value = values[index] ?? 0;
    if (value > most) most = value;
  }
  return most < 2 ** 32 ? 32 - Math.clz32(most) : 64 - Math.clz32(most / 2 ** 32);
}

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
