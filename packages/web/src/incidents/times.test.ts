import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@muster/core";
import { expect, test } from "vitest";
import { durationDraft, durationMs } from "./duration-draft.ts";
import { tomorrowMorning } from "./snooze-choices.ts";

test("a length is shown in the largest unit that leaves no rest, and reads back as it was", () => {
  for (const [ms, amount, unit] of [
    [30 * SECOND_MS, "30", "seconds"],
    [90 * SECOND_MS, "90", "seconds"],
    [15 * MINUTE_MS, "15", "minutes"],
    [6 * HOUR_MS, "6", "hours"],
    [7 * DAY_MS, "7", "days"],
    [0, "0", "minutes"],
  ] as const) {
    expect(durationDraft(ms)).toEqual({ amount, unit });
    expect(durationMs(durationDraft(ms))).toBe(ms);
  }
});

test("half an hour can be typed with a point or a comma; what is no length is none", () => {
  expect(durationMs({ amount: "0,5", unit: "hours" })).toBe(30 * MINUTE_MS);
  for (const amount of ["", "soon", "-1"]) expect(durationMs({ amount, unit: "minutes" })).toBeNaN();
});

test("tomorrow at eight is by the viewer's own calendar, at any time of the day before", () => {
  const morning = new Date(2026, 2, 29, 8).getTime();
  expect(tomorrowMorning(new Date(2026, 2, 28, 0, 1).getTime())).toBe(morning);
  expect(tomorrowMorning(new Date(2026, 2, 28, 23, 59).getTime())).toBe(morning);
  expect(tomorrowMorning(new Date(2026, 11, 31, 12).getTime())).toBe(new Date(2027, 0, 1, 8).getTime());
});
