import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BlockReader, encodeBlock, MusterError } from "@muster/core";
import type { Block } from "@muster/core";

const PLAIN = 1;
const ZSTD = 2;
/** Small blocks are mostly the same few bytes again and again; others are packed once they are old. */
const SMALL_BYTES = 16_384;
const SMALL_BYTES_MIN = 1_024;
/** What is unpacked often must save more. */
const SMALL_WORTH = 3 / 4;
const OLD_WORTH = 19 / 20;
const HEAD_BYTES = 5;
const UNPACKED_BYTES_MAX = 1 << 28;

/** How a block lies in its row: a byte for plain or zstd, the CRC-32 of what follows (little-endian), the block. */
export function packBlock(block: Block): Uint8Array {
  const encoded = encodeBlock(block);
  if (encoded.length < SMALL_BYTES_MIN || encoded.length >= SMALL_BYTES) return withHead(PLAIN, encoded);
  const zipped = zstdCompressSync(encoded);
  return zipped.length < encoded.length * SMALL_WORTH ? withHead(ZSTD, zipped) : withHead(PLAIN, encoded);
}

/** The same for a block that is soon part of a larger one: what it would save is not worth the time. */
export const packYoung = (block: Block): Uint8Array => withHead(PLAIN, encodeBlock(block));

/**
 * The same block in fewer bytes, for one that is read seldom: bit-packed numbers shrink by a tenth, and a day of one
 * series then takes twice as long to read. Undefined when it is not worth it.
 */
export function packTighter(packed: Uint8Array): Uint8Array | undefined {
  // A damaged block must not get a checksum that makes it whole.
  if (packed[0] !== PLAIN || packed.length < SMALL_BYTES || !isWhole(packed)) return undefined;
  const zipped = zstdCompressSync(packed.subarray(HEAD_BYTES));
  return zipped.length < packed.length * OLD_WORTH ? withHead(ZSTD, zipped) : undefined;
}

function withHead(form: number, body: Uint8Array): Uint8Array {
  const packed = new Uint8Array(HEAD_BYTES + body.length);
  packed[0] = form;
  new DataView(packed.buffer).setUint32(1, crc32(body), true);
  packed.set(body, HEAD_BYTES);
  return packed;
}

/** Whether every bit is as it was written. */
const isWhole = (packed: Uint8Array): boolean =>
  packed.length >= HEAD_BYTES &&
  new DataView(packed.buffer, packed.byteOffset).getUint32(1, true) === crc32(packed.subarray(HEAD_BYTES));

/** Throws DATABASE_DAMAGED when a bit is not as it was written. */
export function unpackBlock(packed: Uint8Array): BlockReader {
  const body = packed.subarray(HEAD_BYTES);
  const form = packed[0];
  if ((form !== PLAIN && form !== ZSTD) || !isWhole(packed)) throw damaged();
  return new BlockReader(form === ZSTD ? zstdDecompressSync(body, { maxOutputLength: UNPACKED_BYTES_MAX }) : body);
}

const damaged = (): MusterError => new MusterError("DATABASE_DAMAGED", { message: "A block of samples is damaged." });
