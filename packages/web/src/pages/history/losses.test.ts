import { DAY_MS } from "@muster/core";
import { expect, test } from "vitest";
import { lossesOf } from "./losses.ts";

const NOW = 1_000 * DAY_MS;
const CURRENT = { samplesDays: 30, minutesDays: 180, hoursDays: 1_825, bytesMax: null };
const day = (ago: number, resolutionMs: number, bytes: number) => ({
  day: NOW - ago * DAY_MS,
  resolutionMs,
  bytes,
  count: 1,
});
const STORAGE = {
  bytes: 10_000,
  resolutions: [
    { resolutionMs: 0, bytes: 300, count: 1, since: NOW - 30 * DAY_MS },
    { resolutionMs: 60_000, bytes: 600, count: 1, since: NOW - 150 * DAY_MS },
    { resolutionMs: 3_600_000, bytes: 100, count: 1, since: NOW - 400 * DAY_MS },
  ],
  days: [
    ...Array.from({ length: 60 }, (_, index) => day(90 - index, 60_000, 5)),
    ...Array.from({ length: 30 }, (_, index) => day(30 - index, 0, 10)),
  ],
};

test("keeping as long or longer drops nothing", () => {
  expect(lossesOf(CURRENT, CURRENT, STORAGE, NOW)).toEqual([]);
  expect(lossesOf(CURRENT, { ...CURRENT, samplesDays: 60, bytesMax: 20_000 }, STORAGE, NOW)).toEqual([]);
});

test("shorter samples go from the oldest on, and become minutes where those are kept longer", () => {
  expect(lossesOf(CURRENT, { ...CURRENT, samplesDays: 10 }, STORAGE, NOW)).toEqual([
    {
      is: "age",
      resolution: "samples",
      since: NOW - 30 * DAY_MS,
      before: NOW - 10 * DAY_MS,
      bytes: 200,
      becomes: "minutes",
    },
  ]);
  const [samples, minutes] = lossesOf(CURRENT, { ...CURRENT, samplesDays: 7, minutesDays: 7 }, STORAGE, NOW);
  expect(samples).toMatchObject({ resolution: "samples", becomes: "hours" });
  expect(minutes).toMatchObject({ resolution: "minutes", becomes: "hours" });
});

test("of days older than the hub tells an even share is taken", () => {
  // 300 of 600 bytes lie before the told days, spread over 60 days; the oldest 30 of those go.
  expect(lossesOf(CURRENT, { ...CURRENT, minutesDays: 120 }, STORAGE, NOW)).toMatchObject([{ bytes: 150 }]);
});

test("what was never stored cannot go", () => {
  expect(lossesOf(CURRENT, { ...CURRENT, hoursDays: 500 }, STORAGE, NOW)).toEqual([]);
  expect(lossesOf(CURRENT, { ...CURRENT, samplesDays: 1 }, { ...STORAGE, resolutions: [] }, NOW)).toEqual([]);
});

test("a budget below what there is says how much is too much, and is no news where it stood before", () => {
  const wanted = { ...CURRENT, bytesMax: 4_000 };
  expect(lossesOf(CURRENT, wanted, STORAGE, NOW)).toEqual([{ is: "budget", bytes: 6_000, bytesMax: 4_000 }]);
  expect(lossesOf(wanted, wanted, STORAGE, NOW)).toEqual([]);
  expect(lossesOf(CURRENT, { ...CURRENT, bytesMax: 12_000 }, STORAGE, NOW)).toEqual([]);
});

test("hours are the last: nothing is left of them", () => {
  expect(lossesOf(CURRENT, { ...CURRENT, hoursDays: 200 }, STORAGE, NOW)).toMatchObject([{ becomes: null }]);
});
