import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isMusterError } from "../errors.ts";
import { BlockReader, encodeBlock } from "./block.ts";
import type { Block } from "./block.ts";

const STEP_MS = 10_000;
const START = 1_800_000_000_000;
const regular = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => START + row * STEP_MS);
const roundTrip = (values: Float64Array, at = regular(values.length)): Float64Array | undefined =>
  new BlockReader(encodeBlock({ at, columns: new Map([[7, values]]) })).column(7);
const bytesPerSample = (values: Float64Array): number =>
  encodeBlock({ at: regular(values.length), columns: new Map([[7, values]]) }).length / values.length;

const shapes = {
  decimals: fc.array(fc.integer({ min: -100_000, max: 100_000 }).map((tenths) => tenths / 10)),
  pages: fc.array(fc.integer({ min: 0, max: 1 << 22 }).map((pages) => pages * 4_096)),
  counter: fc.array(fc.nat(1_000_000_000)).map((steps) => {
    let total = 0;
    return steps.map((step) => (step % 97 === 0 ? (total = 0) : (total += step)));
  }),
  quotients: fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 2_000 })).map(([part, whole]) => part / whole)),
  anything: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  holes: fc.array(fc.oneof(fc.constant(NaN), fc.integer(), fc.constant(-0), fc.double({ noDefaultInfinity: true }))),
  extremes: fc.array(
    fc.constantFrom(
      0,
      -0,
      1,
      -1,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.MIN_VALUE,
      2 ** 48,
      -(2 ** 48),
      2 ** 53,
      0.1,
    ),
  ),
};

test.each(Object.entries(shapes))("[ST33] %s come back bit for bit", (_name, shape) => {
  fc.assert(
    fc.property(shape as fc.Arbitrary<number[]>, (list) => {
      const values = Float64Array.from(list);
      if (!values.some((value) => !Number.isNaN(value))) return;
      const back = roundTrip(values);
      expect(back?.length).toBe(values.length);
      for (const [index, value] of values.entries())
        if (!Object.is(back?.[index], value)) expect(back?.[index]).toBe(value);
    }),
    { numRuns: 300 },
  );
});

test("[ST33] single columns of a block are the same apart from it", () => {
  const rows = 500;
  const columns = new Map(
    [3, 4, 900].map((key) => [
      key,
      Float64Array.from({ length: rows }, (_, row) =>
        row % 6 === key % 5 ? NaN : Math.round(Math.sin(row) * key * 100),
      ),
    ]),
  );
  const block = new BlockReader(encodeBlock({ at: regular(rows), columns }));
  for (const [key, values] of columns) {
    const part = block.part();
    part.keep(key, block.encoded(key) ?? new Uint8Array());
    expect(part.at).toEqual(block.at);
    expect(part.column(key)).toEqual(values);
    expect(part.has(5) || part.column(5) !== undefined).toBe(false);
  }
  expect(block.encoded(5)).toBeUndefined();
});

test("[ST33] instants come back, whatever their distances", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), fc.array(fc.integer({ min: 1, max: 1e9 })), (start, gaps) => {
      let instant = start;
      const at = Float64Array.from([start, ...gaps.map((gap) => (instant += gap))]);
      const reader = new BlockReader(encodeBlock({ at, columns: new Map([[1, at]]) }));
      expect([...reader.at]).toEqual([...at]);
      expect(reader.rowAt(at.at(-1) ?? NaN)).toBe(at.length - 1);
      expect(reader.rowAt(start - 1)).toBe(-1);
    }),
  );
});

test("[ST33] several columns are kept apart, and an unknown one is none", () => {
  const columns = new Map([
    [300, Float64Array.of(1, NaN, 3)],
    [2, Float64Array.of(NaN, 0.5, NaN)],
  ]);
  const reader = new BlockReader(encodeBlock({ at: regular(3), columns }));
  expect(reader.keys()).toEqual([2, 300]);
  expect(reader.column(300)).toEqual(Float64Array.of(1, NaN, 3));
  expect(reader.column(2)).toEqual(Float64Array.of(NaN, 0.5, NaN));
  expect(reader.column(3)).toBeUndefined();
});

test("[ST33] instants out of order or twice, and a block without rows, are refused", () => {
  const columns = new Map([[1, Float64Array.of(1, 2)]]);
  expect(() => encodeBlock({ at: Float64Array.of(2, 1), columns })).toThrow(RangeError);
  expect(() => encodeBlock({ at: Float64Array.of(2, 2), columns })).toThrow(RangeError);
  expect(() => encodeBlock({ at: new Float64Array(), columns })).toThrow(RangeError);
});

test("[ST34] damaged bytes are refused as DATABASE_DAMAGED or give numbers, and never anything else", () => {
  const values = Float64Array.from({ length: 200 }, (_, row) => (row % 7 === 0 ? NaN : row / 10));
  const floats = Float64Array.from({ length: 200 }, (_, row) => Math.sin(row));
  const coded = Float64Array.from({ length: 200 }, (_, row) => ((row * 7_919) % 61) ** 4);
  const whole = encodeBlock({
    at: regular(200),
    columns: new Map([
      [1, values],
      [2, floats],
      [3, coded],
    ]),
  });
  let refusedCount = 0;
  const attempt = (bytes: Uint8Array): void => {
    try {
      const reader = new BlockReader(bytes);
      for (const key of reader.keys()) reader.column(key);
    } catch (error) {
      refusedCount++;
      expect(isMusterError(error, "DATABASE_DAMAGED") ? "" : error).toBe("");
    }
  };
  for (let length = 0; length < whole.length; length++) attempt(whole.slice(0, length));
  expect(refusedCount).toBe(whole.length);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (index, bits) => {
      attempt(whole.map((byte, at) => (at === index ? byte ^ bits : byte)));
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => attempt(Uint8Array.of(1, ...bytes))),
    { numRuns: 2_000 },
  );
});

test("[ST35] what repeats or moves evenly costs next to nothing", () => {
  const of = (make: (row: number) => number): number =>
    bytesPerSample(Float64Array.from({ length: 720 }, (_, row) => make(row)));
  expect(of(() => 0.1234567890123)).toBeLessThan(0.07);
  expect(of((row) => row * 1_000)).toBeLessThan(0.1);
  expect(of((row) => 8e9 + (row % 3) * 4_096)).toBeLessThan(0.4);
  expect(of((row) => ((row * 7_919) % 1_000) / 10)).toBeLessThan(1.35);
  expect(of((row) => ((row * 7_919) % 256) / (2_000 + (row % 3)))).toBeLessThan(1.6);
  expect(of((row) => Math.sin(row))).toBeLessThan(8.1);
});

test("[ST35] columns with the same holes say once where these are", () => {
  const sparse = (row: number): number => (row % 6 === 2 ? Math.floor(row / 6) : NaN);
  const column = Float64Array.from({ length: 720 }, (_, row) => sparse(row));
  const lengthOf = (count: number): number =>
    encodeBlock({ at: regular(720), columns: new Map(Array.from({ length: count }, (_, key) => [key, column])) })
      .length;
  expect(lengthOf(1)).toBeLessThan(100);
  expect(lengthOf(11) - lengthOf(1)).toBeLessThan(10 * 15);
});

const GOLDEN = new Map([
  [1, Float64Array.of(5, 5, 5, 5, 5, 5)],
  [2, Float64Array.of(0.1, 0.2, NaN, NaN, -0.5, 1e6)],
  [3, Float64Array.of(4_096, 8_192, 1_048_576, 0, 4_096, 8_192)],
  [40, Float64Array.of(1e15, 1e15 + 10, 1e15 + 21, 1e15 + 29, 7, 18)],
  [41, Float64Array.of(-0, Math.PI, Math.PI, Math.E, Number.MAX_VALUE, Number.MIN_VALUE)],
  [42, Float64Array.of(3 / 7, 10 / 21, 0, 1, 20 / 21, 11 / 22)],
  [1_000, Float64Array.of(NaN, NaN, 1 / 3, 1 / 3, NaN, 1 / 3)],
]);
/** Enough rows for codes of widths: a total, a level, what is mostly zero, and one with holes. */
const LONG_ROWS = Array.from({ length: 80 }, (_, row) => row);
const LONG_GOLDEN = new Map([
  [1, Float64Array.from(LONG_ROWS, (row) => 1e9 + row * 1_000 + ((row * row * 7_919) % 997))],
  [2, Float64Array.from(LONG_ROWS, (row) => (4_000 + ((row * 7_919) % 61) ** 2) / 10)],
  [3, Float64Array.from(LONG_ROWS, (row) => (row % 9 === 4 ? (row * row * 65_537) % 2 ** 27 : row % 2))],
  [4, Float64Array.from(LONG_ROWS, (row) => (row % 7 === 3 ? NaN : ((row * 31) % 128) / (2_000 + (row % 3))))],
]);
const goldenHex = (version: number): string =>
  readFileSync(new URL(`../../../../fixtures/store/block-${version}.hex`, import.meta.url), "utf8").trim();

test.each([
  [1, GOLDEN],
  [2, GOLDEN],
  [3, LONG_GOLDEN],
])("[ST33] the bytes of version %i are read for ever", (version, golden) => {
  const bytes = Uint8Array.from(goldenHex(version).match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const reader = new BlockReader(bytes);
  for (const [key, values] of golden) expect(reader.column(key)).toEqual(values);
});

test("[ST33] what is written are the golden bytes of version 3, and what is short, but for the version, those of version 2", () => {
  const at = Float64Array.of(0, 10_000, 20_000, 30_001, 40_000, 50_000).map((offset) => START + offset);
  const hexOf = (block: Block): string => Buffer.from(encodeBlock(block)).toString("hex");
  expect(hexOf({ at, columns: GOLDEN }).slice(2)).toBe(goldenHex(2).slice(2));
  const lateMs = (row: number): number => (row * row * 13) % 37;
  const longAt = regular(LONG_ROWS.length).map((instant, row) => instant + lateMs(row));
  expect(hexOf({ at: longAt, columns: LONG_GOLDEN })).toBe(goldenHex(3));
});

test("[ST33] numbers of all widths come back, in any mixture", () => {
  const step = fc.integer({ min: 0, max: 27 }).chain((width) => fc.integer({ min: 0, max: 2 ** width }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 64, maxLength: 400 }), (steps) => {
      const signed = Float64Array.from(steps, (value, row) => (row % 2 === 0 ? value : -value) + 0);
      expect(roundTrip(signed)).toEqual(signed);
      let total = 0;
      const growing = Float64Array.from(steps, (value) => (total += value));
      expect(roundTrip(growing)).toEqual(growing);
    }),
    { numRuns: 300 },
  );
});

test("[ST33] widths of the most uneven frequencies come back", () => {
  // Each width about 1.6 times as frequent as the next one, which makes the longest codes.
  const values: number[] = [];
  for (let width = 0, count = 10_946, next = 6_765; width < 21; width++) {
    for (let index = 0; index < count; index++) values.push(index % 2 === 0 ? 2 ** width : 0);
    [count, next] = [next, count - next];
  }
  const column = Float64Array.from(values, (_, index) => values[(index * 7_919) % values.length] ?? 0);
  expect(roundTrip(column)).toEqual(column);
});
