import { randomBytes } from "node:crypto";
import type { Random } from "@muster/core";

/** Uniform in [0, 1) from the system's randomness: no two programs wait alike. */
export const secureRandom: Random = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** A UUIDv7 (RFC 9562): 48 bits of epoch milliseconds, the rest random, so that ids sort by their making. */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
