import { crc32c } from "./crc32c.ts";

/**
 * A record on disk: 4 bytes mark, 4 bytes length of the payload, 4 bytes CRC-32C over length and payload, payload.
 * The mark is where a reader goes on after damage; the checksum decides whether it really is a record.
 */
const MARK = 0x4d53_5231; // "MSR1"
const HEAD_BYTES = 12;
export const PAYLOAD_BYTES_MAX = 1024 * 1024;

export function encodeRecord(payload: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  record.writeUInt32BE(MARK, 0);
  record.writeUInt32BE(payload.length, 4);
  record.set(payload, HEAD_BYTES);
  record.writeUInt32BE(checksum(record, 0, payload.length), 8);
  return record;
}

export interface Scan {
  readonly payloads: readonly Uint8Array[];
  /** Where the last whole record ends: what follows is a tail that was cut off while being written. */
  readonly wholeBytes: number;
  /** Stretches between whole records that are no record. */
  readonly damaged: number;
}

/** All whole records. Damage in the middle is skipped and counted; a bad tail is not damage. */
export function scanRecords(bytes: Buffer): Scan {
  const payloads: Uint8Array[] = [];
  let wholeBytes = 0;
  let damaged = 0;
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const lengthBytes = recordAt(bytes, at);
    if (lengthBytes === undefined) {
      at++;
      continue;
    }
    if (at !== wholeBytes) damaged++;
    payloads.push(bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + lengthBytes));
    at += HEAD_BYTES + lengthBytes;
    wholeBytes = at;
  }
  return { payloads, wholeBytes, damaged };
}

function recordAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.readUInt32BE(at) !== MARK) return undefined;
  const lengthBytes = bytes.readUInt32BE(at + 4);
  if (lengthBytes > PAYLOAD_BYTES_MAX || at + HEAD_BYTES + lengthBytes > bytes.length) return undefined;
  return checksum(bytes, at, lengthBytes) === bytes.readUInt32BE(at + 8) ? lengthBytes : undefined;
}

/** Over length and payload, which lie on both sides of the checksum itself. */
const checksum = (bytes: Uint8Array, at: number, lengthBytes: number): number =>
  crc32c(bytes, at + HEAD_BYTES, at + HEAD_BYTES + lengthBytes, crc32c(bytes, at + 4, at + 8));
