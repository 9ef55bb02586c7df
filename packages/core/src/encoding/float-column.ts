import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";

const view = new DataView(new ArrayBuffer(8));
const LEADING_BITS = 5;
const LENGTH_BITS = 6;

/**
 * Any float64, bit for bit: each is XORed with the one before. Equal: one bit 0. Otherwise `10` and the bits inside the
 * window of the last one, or `11`, five bits of leading zeros (31 at most), six of length less one, and the bits (after
 * Pelkonen et al., "Gorilla: a fast, scalable, in-memory time series database", 2015).
 */
export function encodeFloats(values: Float64Array, to: ByteWriter): void {
  let highBefore = 0;
  let lowBefore = 0;
  let leading = 64;
  let trailing = 0;
  for (const [index, value] of values.entries()) {
    view.setFloat64(0, value);
    const high = view.getUint32(0);
    const low = view.getUint32(4);
    if (index === 0) {
      to.bits(high, 32);
      to.bits(low, 32);
    } else {
      const xorHigh = (high ^ highBefore) >>> 0;
      const xorLow = (low ^ lowBefore) >>> 0;
      if (xorHigh === 0 && xorLow === 0) to.bits(0, 1);
      else {
        const zeros = Math.min(31, xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh));
        const ending = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
        if (zeros >= leading && ending >= trailing) to.bits(1, 2);
        else {
          leading = zeros;
          trailing = ending;
          to.bits(3, 2);
          to.bits(leading, LEADING_BITS);
          to.bits(63 - leading - trailing, LENGTH_BITS);
        }
        writeWindow(xorHigh, xorLow, trailing, 64 - leading - trailing, to);
      }
    }
    highBefore = high;
    lowBefore = low;
  }
  to.flushBits();
}

/** @param count how many values there are, at least one. */
export function decodeFloats(from: ByteReader, count: number): Float64Array {
  const values = new Float64Array(count);
  let high = from.bits(32);
  let low = from.bits(32);
  let length = 0;
  let trailing = 0;
  for (let index = 0; index < count; index++) {
    if (index > 0 && from.bits(1) === 1) {
      if (from.bits(1) === 1) {
        const leading = from.bits(LEADING_BITS);
        length = from.bits(LENGTH_BITS) + 1;
        trailing = 64 - leading - length;
      }
      if (length === 0 || trailing < 0) throw damaged("A column has a window that does not fit.");
      const [xorHigh, xorLow] = readWindow(from, trailing, length);
      high = (high ^ xorHigh) >>> 0;
      low = (low ^ xorLow) >>> 0;
    }
    view.setUint32(0, high);
    view.setUint32(4, low);
    values[index] = view.getFloat64(0);
  }
  from.flushBits();
  return values;
}

/** The `length` bits above `trailing`, lowest first. */
function writeWindow(high: number, low: number, trailing: number, length: number, to: ByteWriter): void {
  if (trailing >= 32) {
    to.bits(high >>> (trailing - 32), length);
    return;
  }
  const lowLength = Math.min(length, 32 - trailing);
  to.bits(lowBits(low, trailing, lowLength), lowLength);
  if (length > lowLength) to.bits(high, length - lowLength);
}

const lowBits = (low: number, trailing: number, length: number): number =>
  length === 32 ? low >>> 0 : (low >>> trailing) & ((1 << length) - 1);

function readWindow(from: ByteReader, trailing: number, length: number): readonly [number, number] {
  if (trailing >= 32) return [(from.bits(length) << (trailing - 32)) >>> 0, 0];
  const lowLength = Math.min(length, 32 - trailing);
  const low = (from.bits(lowLength) << trailing) >>> 0;
  return [length > lowLength ? from.bits(length - lowLength) >>> 0 : 0, low];
}

const trailingZeros = (bits: number): number => 31 - Math.clz32(bits & -bits);
