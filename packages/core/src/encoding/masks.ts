import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";
import { decodeIntegers, encodeIntegers } from "./integer-column.ts";

/**
 * Which rows have a value, for the columns that have none in some. What is read together has its holes in the same rows,
 * so a block keeps each pattern once and columns name it by its number.
 */
export class MaskTable {
  readonly #patterns: Float64Array[] = [];

  /** The number of a column's pattern; undefined when it has a value in every row. */
  numberOf(values: Float64Array): number | undefined {
    if (!hasHole(values)) return undefined;
    const known = this.#patterns.findIndex((pattern) => isAlike(pattern, values));
    if (known >= 0) return known;
    this.#patterns.push(values);
    return this.#patterns.length - 1;
  }

  write(to: ByteWriter): void {
    to.varint(this.#patterns.length);
    for (const pattern of this.#patterns) writeMask(pattern, to);
  }
}

/** As many masks as there are, each the ascending numbers of the rows that have a value. */
export function readMasks(from: ByteReader, rowCount: number): readonly Int32Array[] {
  const count = from.varint();
  // Damage must not make a reader go on for long: each mask takes some bytes.
  if (count > rowCount * rowCount) throw damaged("A block has more patterns than there can be.");
  return Array.from({ length: count }, () => readMask(from, rowCount));
}

/**
 * Runs without and with a value take turns, the first of them without. The lengths of either are an integer column, so
 * that what comes every sixth round takes a dozen bytes.
 */
function writeMask(values: Float64Array, to: ByteWriter): void {
  const runs: readonly [number[], number[]] = [[], []];
  let isPresent = false;
  let length = 0;
  const settle = (): void => {
    runs[isPresent ? 1 : 0].push(length);
    isPresent = !isPresent;
    length = 0;
  };
  for (const value of values) {
    if (Number.isNaN(value) === isPresent) settle();
    length++;
  }
  settle();
  if (runs[1].length < runs[0].length) runs[1].push(0);
  to.varint(runs[0].length);
  for (const lengths of runs) encodeIntegers(Float64Array.from(lengths), to);
}

function readMask(from: ByteReader, rowCount: number): Int32Array {
  const pairs = from.varint();
  if (pairs === 0 || pairs > rowCount + 1) throw damaged("A column has more runs than rows.");
  const without = decodeIntegers(from, pairs);
  const withValue = decodeIntegers(from, pairs);
  const rows = new Int32Array(rowCount);
  let present = 0;
  let row = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const [skipped = NaN, length = NaN] = [without[pair], withValue[pair]];
    if (!(skipped >= 0 && length >= 0 && skipped + length <= rowCount - row)) {
      throw damaged("A column has more rows than its block.");
    }
    row += skipped;
    for (let index = 0; index < length; index++) rows[present++] = row++;
  }
  if (row !== rowCount || present === 0) throw damaged("A column has other rows than its block.");
  // A copy, for what is kept of a mask may be a sixth of its room.
  return rows.slice(0, present);
}

function hasHole(values: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row] ?? NaN)) return true;
  return false;
}

function isAlike(one: Float64Array, other: Float64Array): boolean {
  for (let row = 0; row < one.length; row++) {
    if (Number.isNaN(one[row] ?? NaN) !== Number.isNaN(other[row] ?? NaN)) return false;
  }
  return true;
}
