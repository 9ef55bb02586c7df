/** Appends to a buffer that grows: varints, bits and float64. Bits are little-endian: the first bit is the lowest of its byte. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #bits = 0;
  #bitCount = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: seven bits a byte, lowest first, the high bit set on all but the last. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A whole number of either sign: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
  signedVarint(value: number): void {
    this.varint(zigZag(value));
  }

  float64(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** `width` bits, 0 to 53, of a whole number that fits into them. `flushBits` must come before anything else is written. */
  bits(value: number, width: number): void {
    let rest = value;
    let left = width;
    while (left > 24) {
      this.#put(rest % 0x1000000, 24);
      rest = Math.floor(rest / 0x1000000);
      left -= 24;
    }
    this.#put(rest, left);
  }

  /** numbers[first] up to numbers[end - 1], `width` bits each, 1 to 24, of whole numbers that fit into them. */
  bitRun(numbers: Int32Array, first: number, end: number, width: number): void {
    const needed = (((end - first) * width + 31) >> 3) + 4;
    if (this.#length + needed > this.#bytes.length) this.#grow(needed);
    const bytes = this.#bytes;
    let length = this.#length;
    let bits = this.#bits;
    let count = this.#bitCount;
    for (let index = first; index < end; index++) {
      bits |= (numbers[index] ?? 0) << count;
      count += width;
      while (count >= 8) {
        bytes[length++] = bits & 0xff;
        bits >>>= 8;
        count -= 8;
      }
    }
    this.#length = length;
    this.#bits = bits;
    this.#bitCount = count;
  }

  /**
   * numbers[0] up to numbers[end - 1], whole numbers from 0 to 2^32 - 1 as int32: of each the code of its width, and its
   * bits below the highest one.
   */
  codedRun(numbers: Int32Array, end: number, codes: Uint16Array, codeLengths: Uint8Array): void {
    for (let index = 0; index < end; index++) {
      const number = numbers[index] ?? 0;
      const width = 32 - Math.clz32(number);
      this.#put(codes[width] ?? 0, codeLengths[width] ?? 0);
      if (width > 25) this.bits((number ^ (1 << (width - 1))) >>> 0, width - 1);
      else if (width > 1) this.#put(number ^ (1 << (width - 1)), width - 1);
    }
  }

  /** Fills the last byte with zero bits. */
  flushBits(): void {
    if (this.#bitCount > 0) this.byte(this.#bits & 0xff);
    this.#bits = 0;
    this.#bitCount = 0;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #put(value: number, width: number): void {
    // At most 7 + 24 bits wait here, which an int32 holds without its sign.
    let bits = this.#bits | (value << this.#bitCount);
    let count = this.#bitCount + width;
    if (this.#length + 4 > this.#bytes.length) this.#grow(4);
    while (count >= 8) {
      this.#bytes[this.#length++] = bits & 0xff;
      bits >>>= 8;
      count -= 8;
    }
    this.#bits = bits;
    this.#bitCount = count;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + needed));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export const zigZag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
/** Small ones, which nearly all are, need no division. */
export const unZigZag = (value: number): number =>
  value < 2 ** 31 ? (value >>> 1) ^ -(value & 1) : value % 2 === 0 ? value / 2 : -(value + 1) / 2;
