import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BlockReader, encodeBlock, MusterError } from "@muster/core";
import type { Block } from "@muster/core";

const PLAIN = 1;
const ZSTD = 2;
/** Bit-packed numbers shrink by a tenth, which is not worth that a day of one series takes twice as long to read. */
const WORTH = 17 / 20;
/** A small block is unpacked often, and must save more. */
const SMALL_BYTES = 16_384;
const SMALL_WORTH = 3 / 4;
const ZIPPED_BYTES_MIN = 1_024;
const HEAD_BYTES = 5;
const UNPACKED_BYTES_MAX = 1 << 28;

/** How a block lies in its row: a byte for plain or zstd, the CRC-32 of what follows (little-endian), the block. */
export function packBlock(block: Block): Uint8Array {
  const encoded = encodeBlock(block);
  const zipped = encoded.length < ZIPPED_BYTES_MIN ? encoded : zstdCompressSync(encoded);
  const isWorth = zipped.length < encoded.length * (encoded.length < SMALL_BYTES ? SMALL_WORTH : WORTH);
  const body = isWorth ? zipped : encoded;
  const packed = new Uint8Array(HEAD_BYTES + body.length);
  packed[0] = isWorth ? ZSTD : PLAIN;
  new DataView(packed.buffer).setUint32(1, crc32(body), true);
  packed.set(body, HEAD_BYTES);
  return packed;
}

/** Throws DATABASE_DAMAGED when a bit is not as it was written. */
export function unpackBlock(packed: Uint8Array): BlockReader {
  const body = packed.subarray(HEAD_BYTES);
  const form = packed[0];
  if (packed.length < HEAD_BYTES || (form !== PLAIN && form !== ZSTD)) throw damaged();
  if (new DataView(packed.buffer, packed.byteOffset).getUint32(1, true) !== crc32(body)) throw damaged();
  return new BlockReader(form === ZSTD ? zstdDecompressSync(body, { maxOutputLength: UNPACKED_BYTES_MAX }) : body);
}

const damaged = (): MusterError => new MusterError("DATABASE_DAMAGED", { message: "A block of samples is damaged." });
