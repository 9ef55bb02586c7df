import { expect, test } from "vitest";
import { CRON_PATTERNS, patternOf, readCron, writeCron } from "./cron-pattern.ts";
import type { CronPattern } from "./cron-pattern.ts";

const PATTERNS: readonly (readonly [string, CronPattern])[] = [
  ["* * * * *", { is: "minutes", every: 1 }],
  ["*/15 * * * *", { is: "minutes", every: 15 }],
  ["5 * * * *", { is: "hourly", minute: 5 }],
  ["30 3 * * *", { is: "daily", time: "03:30" }],
  ["0 22 * * 0,1,5", { is: "weekly", time: "22:00", days: [0, 1, 5] }],
  ["0 4 31 * *", { is: "monthly", time: "04:00", day: 31 }],
];

test.each(PATTERNS)("%s is what the picker shows, and it writes the same again", (expression, pattern) => {
  expect(readCron(expression)).toEqual(pattern);
  expect(writeCron(pattern)).toBe(expression);
});

test.each([
  "*/7 * * * *",
  "0 3 1 * 1",
  "0 3 * 6 *",
  "0 3 * * 1-5",
  "0 3 L * *",
  "0,30 3 * * *",
  "60 3 * * *",
  "0 24 * * *",
  "0 3 0 * *",
  "@daily",
  "",
  "0 3 * * * *",
])("%j is more than the picker can say", (expression) => {
  expect(readCron(expression)).toEqual({ is: "own" });
});

test("Sunday is one day, however it is written", () => {
  expect(readCron("0 3 * * 7,0,2")).toEqual({ is: "weekly", time: "03:00", days: [0, 2] });
});

test("a pattern that is not filled in says nothing yet", () => {
  expect(writeCron({ is: "daily", time: "" })).toBeUndefined();
  expect(writeCron({ is: "weekly", time: "03:00", days: [] })).toBeUndefined();
});

test("another pattern keeps the time that was there, and can be written", () => {
  expect(patternOf("monthly", { is: "daily", time: "21:15" })).toEqual({ is: "monthly", time: "21:15", day: 1 });
  for (const name of CRON_PATTERNS.filter((one) => one !== "own"))
    expect(readCron(writeCron(patternOf(name, { is: "own" }))!).is).toBe(name);
});
