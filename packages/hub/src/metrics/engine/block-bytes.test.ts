import { isMusterError } from "@muster/core";
import { expect, test } from "vitest";
import { packBlock, unpackBlock } from "./block-bytes.ts";

const at = Float64Array.from({ length: 400 }, (_, row) => row * 10_000);
const noise = at.map((instant) => Math.sin(instant));
const block = (columns: number) => ({
  at,
  columns: new Map(Array.from({ length: columns }, (_, key) => [key, noise] as const)),
});

test("[ST33] a block is zipped where that pays, and comes back either way", () => {
  const [plain, zipped] = [packBlock(block(1)), packBlock(block(20))];
  expect([plain[0], zipped[0]]).toEqual([1, 2]);
  expect(zipped.length).toBeLessThan(plain.length * 2);
  for (const packed of [plain, zipped]) expect(unpackBlock(packed).column(0)).toEqual(noise);
  expect(unpackBlock(zipped).column(19)).toEqual(noise);
});

test("[ST34] no bit of a packed block changes unseen", () => {
  for (const packed of [packBlock(block(1)), packBlock(block(20))]) {
    for (let index = 0; index < packed.length; index += 7) {
      const damaged = packed.map((byte, other) => (other === index ? byte ^ 4 : byte));
      const error: unknown = (() => {
        try {
          return unpackBlock(damaged);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(isMusterError(error, "DATABASE_DAMAGED"), `byte ${index}`).toBe(true);
    }
  }
});
