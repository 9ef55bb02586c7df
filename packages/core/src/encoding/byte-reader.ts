import { unZigZag } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";

/** Reads what `ByteWriter` wrote, between two offsets. Throws DATABASE_DAMAGED where bytes are missing. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #offset: number;
  #bits = 0;
  #bitCount = 0;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    if (offset < 0 || end > bytes.length || offset > end) throw damaged("A part lies outside of its block.");
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  byte(): number {
    if (this.#offset >= this.#end) throw damaged("A block ends too early.");
    return this.#bytes[this.#offset++] ?? 0;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw damaged("A number of a block is too long.");
      if (byte < 128) return value;
      factor *= 128;
      if (factor > Number.MAX_SAFE_INTEGER) throw damaged("A number of a block is too long.");
    }
  }

  signedVarint(): number {
    return unZigZag(this.varint());
  }

  float64(): number {
    if (this.#offset + 8 > this.#end) throw damaged("A block ends too early.");
    const value = this.#view.getFloat64(this.#offset, true);
    this.#offset += 8;
    return value;
  }

  bits(width: number): number {
    if (width <= 24) return this.#take(width);
    let value = this.#take(24);
    let factor = 0x1000000;
    let left = width - 24;
    while (left > 24) {
      value += this.#take(24) * factor;
      factor *= 0x1000000;
      left -= 24;
    }
    return value + this.#take(left) * factor;
  }

  /** Fills numbers[first] up to numbers[end - 1] with whole numbers of `width` bits each, 1 to 24. */
  bitRun(numbers: Float64Array, first: number, end: number, width: number): void {
    const bytes = this.#bytes;
    const view = this.#view;
    const mask = (1 << width) - 1;
    const pending = this.#bitCount;
    if (this.#offset + (((end - first) * width - pending + 7) >> 3) > this.#end)
      throw damaged("A block ends too early.");
    // The first bit that is not read yet: its byte, and its place in it.
    let offset = pending > 0 ? this.#offset - 1 : this.#offset;
    let shift = pending > 0 ? 8 - pending : 0;
    const lastWhole = bytes.length - 4;
    for (let index = first; index < end; index++) {
      const word = offset <= lastWhole ? view.getUint32(offset, true) : lastBytes(bytes, offset);
      numbers[index] = (word >>> shift) & mask;
      shift += width;
      offset += shift >> 3;
      shift &= 7;
    }
    this.#bits = shift > 0 ? (bytes[offset] ?? 0) >> shift : 0;
    this.#bitCount = shift > 0 ? 8 - shift : 0;
    this.#offset = shift > 0 ? offset + 1 : offset;
  }

  /**
   * Fills numbers[first] up to numbers[end - 1] with what `codedRun` wrote. `table` has for the next `tableBits` bits a
   * width times 16 and the length of its code, or 0.
   */
  codedRun(numbers: Float64Array, first: number, end: number, table: Uint16Array, tableBits: number): void {
    const bytes = this.#bytes;
    const view = this.#view;
    const mask = (1 << tableBits) - 1;
    const pending = this.#bitCount;
    let offset = pending > 0 ? this.#offset - 1 : this.#offset;
    let shift = pending > 0 ? 8 - pending : 0;
    const lastWhole = bytes.length - 4;
    const bitsFrom = (byte: number, bit: number): number =>
      (byte <= lastWhole ? view.getUint32(byte, true) : lastBytes(bytes, byte)) >>> bit;
    for (let index = first; index < end; index++) {
      const word = bitsFrom(offset, shift);
      const entry = table[word & mask] ?? 0;
      if (entry === 0) throw damaged("A column has a code that it has not told.");
      const width = entry >> 4;
      const codeLength = entry & 15;
      shift += codeLength;
      const restBits = width > 1 ? width - 1 : 0;
      if (width < 2) numbers[index] = width;
      else if (codeLength + restBits <= 25) {
        numbers[index] = ((word >>> codeLength) & ((1 << restBits) - 1)) | (1 << restBits);
      } else {
        // Of a word up to seven bits are behind: the rest is read in two pieces of at most 16.
        const low = bitsFrom(offset + (shift >> 3), shift & 7) & 0xffff;
        const above = shift + 16;
        const high = bitsFrom(offset + (above >> 3), above & 7) & 0xffff;
        numbers[index] = ((low + high * 0x10000) % 2 ** restBits) + 2 ** restBits;
      }
      shift += restBits;
      offset += shift >> 3;
      shift &= 7;
    }
    this.#bits = shift > 0 ? (bytes[offset] ?? 0) >> shift : 0;
    this.#bitCount = shift > 0 ? 8 - shift : 0;
    this.#offset = shift > 0 ? offset + 1 : offset;
    if (this.#offset > this.#end) throw damaged("A block ends too early.");
  }

  /** Leaves the rest of the last byte. */
  flushBits(): void {
    this.#bits = 0;
    this.#bitCount = 0;
  }

  /** Nothing may follow what was read. */
  expectEnd(): void {
    if (this.#offset !== this.#end) throw damaged("A part of a block is longer than it says.");
  }

  #take(width: number): number {
    let bits = this.#bits;
    let count = this.#bitCount;
    while (count < width) {
      if (this.#offset >= this.#end) throw damaged("A block ends too early.");
      bits |= (this.#bytes[this.#offset++] ?? 0) << count;
      count += 8;
    }
    this.#bits = bits >>> width;
    this.#bitCount = count - width;
    return bits & ((1 << width) - 1);
  }
}

/** What is left of the last four bytes, the first one lowest. */
const lastBytes = (bytes: Uint8Array, offset: number): number =>
  (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
