import { MINUTE_MS } from "@muster/core";
import type { Instant } from "@muster/core";

/**
 * Rows that came in order are kept together in one frame of the file, as long as they stand in the same stretch of so
 * long. Stretches are counted from 1970, so that hours, which are sealed whole, cut none.
 */
export const FRAME_MS = 15 * MINUTE_MS;

export const frameStart = (at: Instant): Instant => Math.floor(at / FRAME_MS) * FRAME_MS;

/** A frame as it lies in the file: of one row, its values; of several, their instants, then the values of each. */
export interface PackedFrame {
  readonly at: Instant;
  readonly rowCount: number;
  readonly packed: Uint8Array;
}

/** The numbers of a frame, to be read only. A copy where the blob begins at an address that is no multiple of eight. */
export function frameNumbers(packed: Uint8Array): Float64Array {
  const aligned = packed.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? packed : packed.slice();
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.length / Float64Array.BYTES_PER_ELEMENT);
}

/** The instant of the last row. */
export function lastInstant({ at, rowCount, packed }: PackedFrame): Instant {
  if (rowCount === 1) return at;
  return new DataView(packed.buffer, packed.byteOffset).getFloat64((rowCount - 1) * 8, true);
}

/** How many values a row has. */
export const frameWidth = ({ rowCount, packed }: PackedFrame): number =>
  packed.length / 8 / rowCount - (rowCount === 1 ? 0 : 1);

export const bytesOf = (numbers: Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
