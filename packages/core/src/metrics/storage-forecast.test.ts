import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, storageForecast } from "../index.ts";
import type { StoredDay } from "../index.ts";

const START = Date.UTC(2026, 0, 1);
const days = (count: number, bytes: number, resolutionMs = 0): readonly StoredDay[] =>
  Array.from({ length: count }, (_, index) => ({ resolutionMs, day: START + index * DAY_MS, bytes, count: bytes * 2 }));
/** Only samples are kept, so that numbers can be worked out by hand. */
const ONLY_SAMPLES = { samplesDays: 30, minutesDays: 30, hoursDays: 30, bytesMax: null };
type Now = Parameters<typeof storageForecast>[0];
const now = (change: Partial<Now> = {}): Now => ({
  at: START + 10 * DAY_MS,
  stock: days(10, 1_000),
  retention: ONLY_SAMPLES,
  bytes: 10_000,
  freeBytes: null,
  ...change,
});
const UNKNOWN = { bytesPerDay: null, samplesPerDay: null, bytesWhenFull: null, daysLeft: null, bound: null };

describe("the forecast", () => {
  const table: readonly (readonly [string, Partial<Now>, object])[] = [
    ["knows nothing without data", { stock: [], bytes: 0 }, UNKNOWN],
    ["knows nothing on the first day", { stock: days(1, 500), at: START + 20 * HOUR_MS, bytes: 500 }, UNKNOWN],
    ["waits until a day is sealed to its end", { stock: days(1, 500), at: START + DAY_MS + 3 * HOUR_MS }, UNKNOWN],
    [
      "is made of one whole day",
      { stock: days(1, 500), at: START + DAY_MS + 4 * HOUR_MS, bytes: 500 },
      { bytesPerDay: 500, samplesPerDay: 1_000, daysLeft: null, bound: null },
    ],
    [
      "grows to what the retention holds",
      {},
      { bytesPerDay: 1_000, bytesWhenFull: 30_000, daysLeft: null, bound: null },
    ],
    ["leaves besides as it is", { bytes: 12_000 }, { bytesWhenFull: 32_000 }],
    [
      "says when the budget is used up",
      { retention: { ...ONLY_SAMPLES, bytesMax: 15_000 } },
      { daysLeft: 6, bound: "budget" },
    ],
    [
      "counts what is besides towards the budget",
      { bytes: 12_000, retention: { ...ONLY_SAMPLES, bytesMax: 15_000 } },
      { daysLeft: 4, bound: "budget" },
    ],
    ["says when the disk is full", { freeBytes: 5_000 }, { daysLeft: 6, bound: "disk" }],
    [
      "names what comes first",
      { freeBytes: 15_000, retention: { ...ONLY_SAMPLES, bytesMax: 12_000 } },
      { daysLeft: 3, bound: "budget" },
    ],
    ["ends nowhere where all fits", { freeBytes: 20_000 }, { daysLeft: null, bound: null }],
    [
      "is over at once when it is over",
      { retention: { ...ONLY_SAMPLES, bytesMax: 9_000 } },
      { daysLeft: 0, bound: "budget" },
    ],
    ["is over soon on a full disk", { freeBytes: 0 }, { daysLeft: 1, bound: "disk" }],
    [
      "shrinks where less is kept than there is",
      { retention: { ...ONLY_SAMPLES, samplesDays: 5, minutesDays: 5, hoursDays: 5 } },
      { bytesWhenFull: 10_000, daysLeft: null },
    ],
    [
      "looks at the last seven days only",
      { stock: [...days(2, 9_000), ...days(10, 1_000).slice(2)], bytes: 26_000 },
      { bytesPerDay: 1_000 },
    ],
    [
      "counts minutes at four tenths of their samples until there are some",
      { retention: { samplesDays: 10, minutesDays: 20, hoursDays: 20, bytesMax: null } },
      { bytesWhenFull: 14_000 },
    ],
    [
      "then as they are",
      {
        retention: { samplesDays: 10, minutesDays: 20, hoursDays: 20, bytesMax: null },
        stock: [...days(10, 1_000), ...days(2, 100, MINUTE_MS)],
        bytes: 10_200,
      },
      { bytesWhenFull: 11_000 },
    ],
    [
      "counts hours by all the days they are of",
      {
        retention: { ...ONLY_SAMPLES, hoursDays: 100 },
        stock: [...days(10, 1_000), { resolutionMs: HOUR_MS, day: START, bytes: 500, count: 1 }],
        bytes: 10_500,
      },
      { bytesPerDay: 1_050, bytesWhenFull: 35_000 },
    ],
  ];
  test.for(table)("%s", ([, change, expected]) => expect(storageForecast(now(change))).toMatchObject(expected));

  test("whatever is stored: no NaN, nothing negative, and more room never means less time", () => {
    const day = fc.record({
      resolutionMs: fc.constantFrom(0, MINUTE_MS, HOUR_MS),
      day: fc.integer({ min: 0, max: 40 }).map((index) => START + index * DAY_MS),
      bytes: fc.nat(1e9),
      count: fc.nat(1e9),
    });
    const keeping = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(fc.array(day, { maxLength: 30 }), keeping, fc.nat(1e10), fc.nat(1e10), (list, kept, bytes, free) => {
        const stock = list.toSorted((left, right) => left.resolutionMs - right.resolutionMs || left.day - right.day);
        const retention = { samplesDays: kept, minutesDays: kept * 2, hoursDays: kept * 3, bytesMax: null };
        const at = START + 30 * DAY_MS;
        const [tight, roomy] = [free, free * 2 + 1].map((freeBytes) =>
          storageForecast({ at, stock, retention, bytes, freeBytes }),
        );
        for (const number of Object.values(tight!)) {
          if (typeof number === "number") expect(number).toBeGreaterThanOrEqual(0);
          else expect([null, "budget", "disk"]).toContain(number);
        }
        expect(roomy!.daysLeft ?? Infinity).toBeGreaterThanOrEqual(tight!.daysLeft ?? Infinity);
        expect(tight!.bound === null).toBe(tight!.daysLeft === null);
      }),
      { numRuns: 1_000 },
    );
  });
});
