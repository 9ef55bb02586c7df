import fc from "fast-check";
import { expect, test } from "vitest";
import { accountFor, jitterOf, LATE_RUNS_MAX, ON_TIME_MS } from "./due-slots.ts";
import { MISSED_POLICIES } from "./task.ts";

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const ago = (...minutes: readonly number[]) => minutes.map((one) => NOW - one * MINUTE);

test("[TK5] what is on time runs; what is older was missed and is told of once for many in a row", () => {
  expect(accountFor(ago(5, 4, 3, 0), { missed: "skip", missedWithinMs: 0 }, NOW)).toEqual([
    { is: "missed", slot: NOW - 5 * MINUTE, last: NOW - 3 * MINUTE, count: 3, why: "the hub was not there" },
    { is: "run", slot: NOW },
  ]);
});

test("[TK6] once: the newest that is not too old runs in place of all; all: each does", () => {
  const slots = ago(30, 20, 10, 5);
  const within = { missedWithinMs: 25 * MINUTE };
  expect(
    accountFor(slots, { missed: "once", ...within }, NOW).map(({ is, slot }) => [is, (NOW - slot) / MINUTE]),
  ).toEqual([
    ["missed", 30],
    ["missed", 20],
    ["run", 5],
  ]);
  expect(
    accountFor(slots, { missed: "all", ...within }, NOW).map(({ is, slot }) => [is, (NOW - slot) / MINUTE]),
  ).toEqual([
    ["missed", 30],
    ["run", 20],
    ["run", 10],
    ["run", 5],
  ]);
});

test("[TK5] in any world each slot is accounted for once, in order, and nothing on time is missed", () => {
  const slotsOf = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
  fc.assert(
    fc.property(
      slotsOf,
      fc.constantFrom(...MISSED_POLICIES),
      fc.nat(300 * MINUTE),
      (minutes, missed, missedWithinMs) => {
        const slots = ago(...minutes.toSorted((a, b) => b - a));
        const due = accountFor(slots, { missed, missedWithinMs }, NOW);
        const told = due.flatMap((one) =>
          one.is === "run" ? [one.slot] : slots.filter((slot) => slot >= one.slot && slot <= one.last),
        );
        expect(told).toEqual(slots);
        expect(due.every((one) => one.is === "run" || NOW - one.last > ON_TIME_MS)).toBe(true);
        const late = due.filter((one) => one.is === "run" && NOW - one.slot > ON_TIME_MS);
        expect(late.length).toBeLessThanOrEqual(missed === "skip" ? 0 : missed === "once" ? 1 : LATE_RUNS_MAX);
        expect(late.every(({ slot }) => NOW - slot <= missedWithinMs)).toBe(true);
        const counted = due.flatMap((one) => (one.is === "missed" ? [one.count] : []));
        expect(counted.reduce((sum, one) => sum + one, 0)).toBe(
          slots.length - due.filter(({ is }) => is === "run").length,
        );
      },
    ),
  );
});

test("[TK7] the place in the jitter is the same each time, another for each slot, and within it", () => {
  const places = Array.from({ length: 200 }, (_, slot) => jitterOf("task", slot * MINUTE, 30_000));
  expect(places).toEqual(Array.from({ length: 200 }, (_, slot) => jitterOf("task", slot * MINUTE, 30_000)));
  expect(Math.max(...places)).toBeLessThanOrEqual(30_000);
  expect(new Set(places).size).toBeGreaterThan(150);
  expect(jitterOf("task", 5, 0)).toBe(0);
});
