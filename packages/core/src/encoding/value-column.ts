import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";
import { DECIMALS_MAX, decimalsOf, scaleUp } from "./decimal-scale.ts";
import { decodeFloats, encodeFloats } from "./float-column.ts";
import { fractionsOf } from "./fractions.ts";
import { decodeIntegers, encodeIntegers } from "./integer-column.ts";
import type { MaskTable } from "./masks.ts";
import { readPresence } from "./presence.ts";

// The first byte: 0–12 for whole numbers with so many decimals, or one of these; HOLES besides where rows have no value.
const FLOATS = 16;
const RAW = 17;
const SAME = 18;
const FRACTIONS = 19;
/** Below this many bytes a value, fractions are taken without a look at floats, which seldom need less. */
const SHORT_BYTES = 4;
const HOLES = 128;

/**
 * The values of one series at the instants of a block, NaN where it has none. Encoded as whole numbers with some
 * decimals, as quotients of whole numbers, as XORed floats, or as they are, whichever is shortest; every number comes back bit for bit. At least one
 * value must be a number; infinities are refused by the store before.
 */
export function encodeValues(values: Float64Array, masks: MaskTable, to: ByteWriter): void {
  const mask = masks.numberOf(values);
  const present = mask === undefined ? values : values.filter((value) => !Number.isNaN(value));
  const write = (kind: number): void => {
    to.byte(mask === undefined ? kind : kind | HOLES);
    if (mask !== undefined) to.varint(mask);
  };
  const decimals = decimalsOf(present);
  if (decimals !== undefined) {
    write(decimals);
    encodeIntegers(decimals === 0 ? present : scaleUp(present, decimals), to);
    return;
  }
  const [first = NaN] = present;
  if (Object.is(present.at(-1), first) && present.every((value) => Object.is(value, first))) {
    write(SAME);
    to.float64(first);
    return;
  }
  const quotients = encodeFractions(present);
  if (quotients !== undefined && quotients.length <= present.length * SHORT_BYTES) {
    write(FRACTIONS);
    to.bytes(quotients);
    return;
  }
  const floats = new ByteWriter();
  encodeFloats(present, floats);
  if (floats.length < present.length * 8) {
    write(FLOATS);
    to.bytes(floats.finish());
  } else {
    write(RAW);
    for (const value of present) to.float64(value);
  }
}

function encodeFractions(values: Float64Array): Uint8Array | undefined {
  const fractions = fractionsOf(values);
  if (fractions === undefined) return undefined;
  const to = new ByteWriter();
  encodeIntegers(fractions.denominators, to);
  encodeIntegers(fractions.numerators, to);
  return to.finish();
}

/**
 * @param count of the block's rows. @param masks of the block; undefined in one of version 1, whose columns say
 * themselves which rows have a value. Throws DATABASE_DAMAGED.
 */
export function decodeValues(bytes: Uint8Array, count: number, masks: readonly Int32Array[] | undefined): Float64Array {
  const from = new ByteReader(bytes);
  const tag = from.byte();
  const rows = tag < HOLES ? undefined : masks === undefined ? readPresence(from, count) : masks[from.varint()];
  if (tag >= HOLES && rows === undefined) throw damaged("A column has a pattern that its block has not.");
  const present = decodePresent(from, tag % HOLES, rows?.length ?? count);
  from.expectEnd();
  if (rows === undefined) return present;
  const values = new Float64Array(count).fill(NaN);
  for (let index = 0; index < rows.length; index++) values[rows[index] ?? 0] = present[index] ?? NaN;
  return values;
}

function decodePresent(from: ByteReader, kind: number, count: number): Float64Array {
  if (kind === FLOATS) return decodeFloats(from, count);
  if (kind === SAME) return new Float64Array(count).fill(from.float64());
  if (kind === FRACTIONS) {
    const denominators = decodeIntegers(from, count);
    return decodeIntegers(from, count).map((numerator, index) => numerator / (denominators[index] ?? 1));
  }
  if (kind === RAW) return new Float64Array(count).map(() => from.float64());
  if (kind > DECIMALS_MAX) throw damaged(`A column is of the unknown kind ${kind}.`);
  const numbers = decodeIntegers(from, count);
  if (kind === 0) return numbers;
  const factor = 10 ** kind;
  for (let index = 0; index < count; index++) numbers[index] = (numbers[index] ?? 0) / factor;
  return numbers;
}
