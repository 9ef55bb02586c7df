import type { Instant } from "../time.ts";
import { BlockPart } from "./block-part.ts";
import type { BlockColumns } from "./block-part.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";
import { firstFrom } from "./first-from.ts";
import { decodeIntegers, encodeIntegers } from "./integer-column.ts";
import { MaskTable, readMasks } from "./masks.ts";
import { decodeValues, encodeValues } from "./value-column.ts";

/** In version 2 no integer column has codes of widths. */
const VERSION = 3;
/** It has no masks: each column says itself which rows have a value. */
const UNMASKED_VERSION = 1;
/** Damage must not make a reader reserve the whole memory. */
const ROWS_MAX = 1 << 24;

/** What one server read over some time: values[i] of each column was read at at[i]. */
export interface Block {
  /** Ascending, none twice. */
  readonly at: Float64Array;
  /** By key, ascending; NaN where a row has no value, but not everywhere. */
  readonly columns: ReadonlyMap<number, Float64Array>;
}

/**
 * Version byte; rows; first instant and the instants as whole numbers; masks; number of columns; per column the distance of its
 * key from the one before and the length of its values; the values of each. docs/spec/store.md has the exact layout.
 * Throws RangeError for a block without rows or with instants out of order.
 */
export function encodeBlock({ at, columns }: Block): Uint8Array {
  if (at.length === 0 || at.length > ROWS_MAX) throw new RangeError(`a block of ${at.length} rows`);
  for (let row = 1; row < at.length; row++) {
    if (!((at[row] ?? NaN) > (at[row - 1] ?? NaN))) throw new RangeError(`row ${row} of a block is out of order`);
  }
  const to = new ByteWriter();
  const start = at[0] ?? 0;
  to.byte(VERSION);
  to.varint(at.length);
  to.signedVarint(start);
  encodeIntegers(
    at.map((instant) => instant - start),
    to,
  );
  const masks = new MaskTable();
  const keys = [...columns.keys()].sort((left, right) => left - right);
  const values = new ByteWriter();
  const ends = keys.map((key) => {
    encodeValues(columns.get(key) ?? new Float64Array(), masks, values);
    return values.length;
  });
  masks.write(to);
  to.varint(columns.size);
  let keyBefore = 0;
  for (const [index, key] of keys.entries()) {
    to.varint(key - keyBefore);
    to.varint((ends[index] ?? 0) - (ends[index - 1] ?? 0));
    keyBefore = key;
  }
  to.bytes(values.finish());
  return to.finish();
}

/** Decodes instants at once and columns when they are asked for. Everything throws DATABASE_DAMAGED, and nothing else. */
export class BlockReader implements BlockColumns {
  readonly at: Float64Array;
  readonly #bytes: Uint8Array;
  /** Ascending; the values of column i lie between offsets[i] and offsets[i + 1]. */
  #keys = new Float64Array();
  #offsets = new Float64Array();
  #masks: readonly Int32Array[] | undefined;

  constructor(bytes: Uint8Array) {
    const from = new ByteReader(bytes);
    const version = from.byte();
    if (version < UNMASKED_VERSION || version > VERSION) throw damaged(`A block has the unknown version ${version}.`);
    const rowCount = from.varint();
    if (rowCount === 0 || rowCount > ROWS_MAX) throw damaged(`A block has ${rowCount} rows.`);
    const start = from.signedVarint();
    this.at = decodeIntegers(from, rowCount);
    for (let row = 0; row < rowCount; row++) this.at[row] = (this.at[row] ?? 0) + start;
    this.#bytes = bytes;
    if (version > UNMASKED_VERSION) this.#masks = readMasks(from, rowCount);
    this.#readSpans(from);
  }

  /** Ascending. */
  keys(): readonly number[] {
    return [...this.#keys];
  }

  has(key: number): boolean {
    return this.#keys[firstFrom(this.#keys, key)] === key;
  }

  column(key: number): Float64Array | undefined {
    const bytes = this.encoded(key);
    return bytes && decodeValues(bytes, this.at.length, this.#masks);
  }

  /** The same instants with no column, for those that are to be kept. */
  part(): BlockPart {
    return new BlockPart(this.at, this.#masks);
  }

  /** The bytes of a column, to be read only; undefined when the block has no such one. */
  encoded(key: number): Uint8Array | undefined {
    const index = firstFrom(this.#keys, key);
    return this.#keys[index] === key ? this.#bytes.subarray(this.#offsets[index], this.#offsets[index + 1]) : undefined;
  }

  /** The row of an instant, or -1. */
  rowAt(at: Instant): number {
    const row = this.firstRowFrom(at);
    return this.at[row] === at ? row : -1;
  }

  firstRowFrom(at: Instant): number {
    return firstFrom(this.at, at);
  }

  #readSpans(from: ByteReader): void {
    const columnCount = from.varint();
    if (columnCount > this.#bytes.length) throw damaged("A block has more columns than bytes.");
    const keys = new Float64Array(columnCount);
    const offsets = new Float64Array(columnCount + 1);
    for (let column = 0; column < columnCount; column++) {
      const distance = from.varint();
      if (column > 0 && distance === 0) throw damaged("A block has a column twice.");
      keys[column] = (keys[column - 1] ?? 0) + distance;
      offsets[column + 1] = (offsets[column] ?? 0) + from.varint();
    }
    for (let column = 0; column <= columnCount; column++) offsets[column] = (offsets[column] ?? 0) + from.offset;
    if (offsets[columnCount] !== this.#bytes.length) throw damaged("A block is longer or shorter than it says.");
    this.#keys = keys;
    this.#offsets = offsets;
  }
}
