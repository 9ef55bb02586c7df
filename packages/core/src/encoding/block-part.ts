import type { Instant } from "../time.ts";
import { firstFrom } from "./first-from.ts";
import { decodeValues } from "./value-column.ts";

/** What is read of a block: all of it, or some of its columns. */
export interface BlockColumns {
  /** Ascending, none twice. */
  readonly at: Float64Array;
  /** Undefined when there is no such column. Throws DATABASE_DAMAGED. */
  column(key: number): Float64Array | undefined;
  /** The first row at or after an instant; the number of rows when there is none. */
  firstRowFrom(at: Instant): number;
}

/** Some columns of a block as they are encoded, and its instants decoded, because every look needs these. */
export class BlockPart implements BlockColumns {
  readonly at: Float64Array;
  readonly #masks: readonly Int32Array[] | undefined;
  readonly #columns = new Map<number, Uint8Array>();
  #byteLength: number;

  constructor(at: Float64Array, masks: readonly Int32Array[] | undefined) {
    this.at = at;
    this.#masks = masks;
    this.#byteLength = (masks ?? []).reduce((sum, mask) => sum + mask.byteLength, at.byteLength);
  }

  /** How much memory it takes, about. */
  get byteLength(): number {
    return this.#byteLength;
  }

  keep(key: number, encoded: Uint8Array): void {
    this.#columns.set(key, encoded.slice());
    this.#byteLength += encoded.length;
  }

  has(key: number): boolean {
    return this.#columns.has(key);
  }

  column(key: number): Float64Array | undefined {
    const bytes = this.#columns.get(key);
    return bytes && decodeValues(bytes, this.at.length, this.#masks);
  }

  firstRowFrom(at: Instant): number {
    return firstFrom(this.at, at);
  }
}
