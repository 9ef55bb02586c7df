import { zonedClock } from "@muster/core";
import { expect, test } from "vitest";
import { monthAfter, rangeOf, runsByDay, weeksOf } from "./calendar.ts";
import { testRun } from "./test-task.ts";

const at = (text: string): number => Date.parse(text);
const berlin = zonedClock("Europe/Berlin");
const run = (id: string, slot: string, parts = {}) => testRun({ id, slot: at(slot), slotLast: at(slot), ...parts });

test("a month is whole weeks from Monday on", () => {
  const weeks = weeksOf("2026-11");
  expect([weeks[0]![0], weeks.at(-1)!.at(-1), weeks.length]).toEqual(["2026-10-26", "2026-12-06", 6]);
  expect(weeksOf("2027-02")).toHaveLength(4);
  expect([monthAfter("2026-12", 1), monthAfter("2026-01", -1)]).toEqual(["2027-01", "2025-12"]);
});

test("a day begins and ends by the clock of the zone", () => {
  const days = runsByDay([run("a", "2026-11-27T22:59Z"), run("b", "2026-11-27T23:00Z")], berlin);
  expect([...days].map(([day, { runs }]) => [day, runs.map(({ id }) => id)])).toEqual([
    ["2026-11-27", ["a"]],
    ["2026-11-28", ["b"]],
  ]);
});

test("every day of the weeks lies in the range that is asked for, in every zone", () => {
  const { from, until } = rangeOf("2026-11");
  for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    const clock = zonedClock(zone);
    expect(from).toBeLessThanOrEqual(clock.instant("2026-10-26T00:00")!);
    expect(until).toBeGreaterThanOrEqual(clock.instant("2026-12-07T00:00")!);
  }
});

test("a day counts by outcome, what failed first; slots that were missed together on one day are counted singly", () => {
  const days = runsByDay(
    [
      run("a", "2026-11-27T10:00Z"),
      run("b", "2026-11-27T11:00Z", { outcome: "failed" }),
      run("c", "2026-11-27T12:00Z", { outcome: "missed", slotCount: 4, slotLast: at("2026-11-27T13:00Z") }),
      run("d", "2026-11-27T14:00Z", { outcome: null, state: "running" }),
    ],
    berlin,
  );
  expect(days.get("2026-11-27")?.counts).toEqual([
    { outcome: "running", count: 1, isLeast: false },
    { outcome: "failed", count: 1, isLeast: false },
    { outcome: "missed", count: 4, isLeast: false },
    { outcome: "succeeded", count: 1, isLeast: false },
  ]);
});

test("slots that were missed over several days stand on each of them, without a number that nobody knows", () => {
  const missed = run("m", "2026-10-24T22:30Z", {
    ...{ outcome: "missed", slotCount: 50, slotLast: at("2026-10-26T23:30Z") },
  });
  const days = runsByDay([missed], berlin);
  expect([...days.keys()].toSorted()).toEqual(["2026-10-25", "2026-10-26", "2026-10-27"]);
  expect(days.get("2026-10-26")?.counts).toEqual([{ outcome: "missed", count: 1, isLeast: true }]);
});

test("slots that were missed for years stand on the newest two months only", () => {
  const years = run("m", "2020-01-01T00:00Z", { outcome: "missed", slotCount: 9, slotLast: at("2026-11-01T00:00Z") });
  expect(runsByDay([years], berlin).size).toBeLessThan(70);
});
