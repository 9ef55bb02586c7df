import { isMusterError } from "@muster/core";
import { expect, test } from "vitest";
import { packBlock, packTighter, unpackBlock } from "./block-bytes.ts";

const at = Float64Array.from({ length: 400 }, (_, row) => row * 10_000);
const noise = at.map((instant) => Math.sin(instant));
const block = (columns: number) => ({
  at,
  columns: new Map(Array.from({ length: columns }, (_, key) => [key, noise] as const)),
});

test("[ST33] a small block is zipped where that pays, a large one once it is old, and both come back either way", () => {
  const forms = [1, 4, 20].map((columns) => packBlock(block(columns)));
  expect(forms.map((packed) => packed[0])).toEqual([1, 2, 1]);
  expect(forms.map((packed) => packTighter(packed)?.[0])).toEqual([undefined, undefined, 2]);
  const tighter = packTighter(packBlock(block(20)));
  for (const packed of [...forms, tighter ?? Uint8Array.of()]) expect(unpackBlock(packed).column(0)).toEqual(noise);
  expect(tighter === undefined ? undefined : unpackBlock(tighter).column(19)).toEqual(noise);
  expect(tighter?.length).toBeLessThan(packBlock(block(20)).length / 5);
});

test("[ST34] a damaged block stays damaged when it would be packed tighter", () => {
  const packed = packBlock(block(20));
  expect(packTighter(packed)).toBeDefined();
  for (const index of [1, 5, packed.length >> 1, packed.length - 1])
    expect(
      packTighter(packed.map((byte, other) => (other === index ? byte ^ 4 : byte))),
      `byte ${index}`,
    ).toBeUndefined();
});

test("[ST34] no bit of a packed block changes unseen", () => {
  for (const packed of [packBlock(block(1)), packBlock(block(4))]) {
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
