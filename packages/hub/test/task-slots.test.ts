import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import { describe, expect, test } from "vitest";
import {
  localText,
  nextSlot,
  nextSlots,
  passedSlots,
  PASSED_SLOTS_MAX,
  scheduleNotes,
  scheduleProblem,
  scheduleWords,
} from "../src/tasks/slots.ts";
import type { ZonedSchedule } from "../src/tasks/slots.ts";

const cron = (expression: string, zone = "UTC") => ({ schedule: { is: "cron", expression }, zone }) as const;
const at = (text: string): number => Date.parse(text);
/** What has passed after one instant and up to another. */
function passedAfter(schedule: ZonedSchedule, after: number, upTo: number) {
  const first = nextSlot(schedule, after);
  return first === null || first > upTo ? undefined : passedSlots(schedule, first, upTo);
}
const hours = (slots: readonly number[], zone: string) => slots.map((slot) => localText(slot, zone).slice(4, 20));

describe("slots", () => {
  test("[TK3] a time of day that a clock leaves out runs at the first instant after it; one that comes twice runs once", () => {
    const berlin = cron("30 2 * * *", "Europe/Berlin");
    expect(nextSlots(berlin, at("2026-03-28T12:00Z"), 2).map((slot) => localText(slot, "Europe/Berlin"))).toEqual([
      "Sun 2026-03-29 03:00:00 GMT+2",
      "Mon 2026-03-30 02:30:00 GMT+2",
    ]);
    expect(nextSlots(berlin, at("2026-10-24T12:00Z"), 2).map((slot) => localText(slot, "Europe/Berlin"))).toEqual([
      "Sun 2026-10-25 02:30:00 GMT+2",
      "Mon 2026-10-26 02:30:00 GMT+1",
    ]);
  });

  test("[TK3] steps of minutes keep their distance over both changes", () => {
    for (const day of ["2026-03-28", "2026-10-24"]) {
      const slots = nextSlots(cron("*/30 * * * *", "Europe/Berlin"), at(`${day}T22:00Z`), 20);
      expect(slots.slice(1).map((slot, place) => slot - slots[place]!)).toEqual(
        Array.from({ length: 19 }, () => 30 * MINUTE_MS),
      );
    }
  });

  test.each(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran"])(
    "[TK3] ten years of a daily time in %s: one slot a day, never two, and each at its time where that exists",
    (zone) => {
      const from = at("2026-01-01T00:00Z");
      const slots = nextSlots(cron("15 2 * * *", zone), from, 3_652);
      const days = slots.map((slot) => localText(slot, zone).slice(4, 14));
      expect(new Set(days).size).toBe(days.length);
      const gaps = slots.slice(1).map((slot, place) => slot - slots[place]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(DAY_MS - 2 * HOUR_MS);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(DAY_MS + 2 * HOUR_MS);
      const odd = slots.filter((slot) => localText(slot, zone).slice(15, 20) !== "02:15");
      // A zone whose clock goes forward over 02:15 does so once a year.
      expect(odd.length).toBeLessThanOrEqual(11);
      for (const slot of odd) expect(localText(slot - 1_000, zone).slice(15, 20) < "02:15").toBe(true);
      // And what has passed is exactly what was to come.
      const passed = passedAfter(cron("15 2 * * *", zone), from, slots[399]!);
      expect(passed).toEqual({ slots: slots.slice(0, 400), hasMore: false, next: slots[400] });
    },
  );

  test("[TK2] every: at whole multiples after its beginning, never before", () => {
    const every = { schedule: { is: "every", everyMs: HOUR_MS, from: 5_000 }, zone: "UTC" } as const;
    expect(nextSlot(every, -1)).toBe(5_000);
    expect(nextSlot(every, 5_000)).toBe(HOUR_MS + 5_000);
    expect(nextSlot(every, 3 * HOUR_MS)).toBe(3 * HOUR_MS + 5_000);
    expect(passedAfter(every, 5_000, 2 * HOUR_MS + 5_000)?.slots).toEqual([HOUR_MS + 5_000, 2 * HOUR_MS + 5_000]);
    expect(passedAfter(every, -10, 5_000)?.slots).toEqual([5_000]);
    const long = passedAfter(every, 0, 5_000 * HOUR_MS)!;
    expect([long.slots.length, long.hasMore]).toEqual([PASSED_SLOTS_MAX, true]);
  });

  test("[TK2] once: one slot, and none after it", () => {
    const once = { schedule: { is: "once", at: 9_000 }, zone: "UTC" } as const;
    expect([nextSlot(once, 8_999), nextSlot(once, 9_000)]).toEqual([9_000, null]);
    expect(passedAfter(once, 0, 9_000)?.slots).toEqual([9_000]);
    expect(passedAfter(once, 9_000, 10_000)).toBeUndefined();
  });

  test("[TK2] a date that never comes has no slot, and is told", () => {
    const never = cron("0 0 30 2 *");
    expect(nextSlot(never, 0)).toBeNull();
    expect(scheduleNotes(never, [])).toEqual(["No slot comes."]);
  });

  test("slots that have passed: the very instant counts, the beginning does not, of too many the newest are taken", () => {
    const minutes = cron("* * * * *");
    expect(passedAfter(minutes, MINUTE_MS, 3 * MINUTE_MS)?.slots).toEqual([2 * MINUTE_MS, 3 * MINUTE_MS]);
    const many = passedAfter(minutes, 0, 5_000 * MINUTE_MS)!;
    expect([many.slots.length, many.hasMore, many.slots.at(-1)]).toEqual([PASSED_SLOTS_MAX, true, 5_000 * MINUTE_MS]);
  });

  test("what is wrong is said at its field", () => {
    expect(scheduleProblem(cron("0 3 * *"))).toEqual({
      "schedule.expression": "must have five fields (minute, hour, day, month, weekday); it has 4",
    });
    expect(scheduleProblem(cron("61 3 * * *"))).toEqual({
      "schedule.expression": "cannot be read: invalid value for minute: 61",
    });
    expect(scheduleProblem(cron("0 3 * * *", "Mars/Olympus"))).toEqual({
      zone: "must be a time zone such as Europe/Berlin",
    });
    for (const text of ["a b c d e", "* * * * 9", "*/0 * * * *", "5-1 * * * *", "@daily x x x x"])
      expect(scheduleProblem(cron(text)), text).toBeDefined();
    for (const text of ["0 3 * * *", "*/5 1-3 1,15 jan-mar mon", "0 0 L * *"])
      expect(scheduleProblem(cron(text)), text).toBeUndefined();
  });

  test("a schedule in words", () => {
    expect(scheduleWords(cron("30 2 * * 1-5"))).toBe("at 02:30, Monday through Friday");
    expect(scheduleWords({ schedule: { is: "every", everyMs: 90 * MINUTE_MS, from: 0 }, zone: "UTC" })).toBe(
      "every 1 h 30 min",
    );
    expect(scheduleWords({ schedule: { is: "once", at: at("2026-10-25T01:30Z") }, zone: "Europe/Berlin" })).toBe(
      "once at Sun 2026-10-25 02:30:00 GMT+1",
    );
  });

  test("a clock that changes between two slots is told", () => {
    const berlin = cron("30 2 * * *", "Europe/Berlin");
    const [note] = scheduleNotes(berlin, nextSlots(berlin, at("2026-03-27T12:00Z"), 3));
    expect(note).toContain("GMT+1 to GMT+2");
    expect(hours(nextSlots(berlin, at("2026-03-27T12:00Z"), 1), "Europe/Berlin")).toEqual(["2026-03-28 02:30"]);
  });
});
