import { describe, expect, test } from "vitest";
import { zonedClock } from "./zoned-clock.ts";

const berlin = zonedClock("Europe/Berlin");
const utc = (text: string): number => Date.parse(text);

describe("the clock of a zone", () => {
  test.each([
    ["Europe/Berlin", "2026-11-28T03:00", "2026-11-28T02:00Z"],
    ["Europe/Berlin", "2026-07-01 03:00:30", "2026-07-01T01:00:30Z"],
    ["Asia/Kathmandu", "2026-01-01T00:00", "2025-12-31T18:15Z"],
    ["America/St_Johns", "2026-01-01T00:00", "2026-01-01T03:30Z"],
    ["Pacific/Kiritimati", "2026-01-01T00:00", "2025-12-31T10:00Z"],
    ["UTC", "2024-02-29T12:00", "2024-02-29T12:00Z"],
  ])("of %s shows %s at %s", (zone, local, instant) => {
    const clock = zonedClock(zone);
    expect(clock.instant(local)).toBe(utc(instant));
    expect(clock.text(utc(instant))).toBe(local.replace(" ", "T").slice(0, 16));
    expect(clock.day(utc(instant))).toBe(local.slice(0, 10));
  });

  test("a time that comes twice is the first of both", () => {
    expect(berlin.instant("2026-10-25T02:30")).toBe(utc("2026-10-25T00:30Z"));
    expect(berlin.text(utc("2026-10-25T01:30Z"))).toBe("2026-10-25T02:30");
  });

  test("a time that is left out is as long after the change as it would have been", () => {
    expect(berlin.instant("2026-03-29T02:30")).toBe(utc("2026-03-29T01:30Z"));
    expect(berlin.text(utc("2026-03-29T01:30Z"))).toBe("2026-03-29T03:30");
    expect(zonedClock("Australia/Lord_Howe").instant("2026-10-04T02:15")).toBe(utc("2026-10-03T15:45Z"));
  });

  test("every hour and a half of the year is found again, but the one that comes twice the second time", () => {
    for (let at = utc("2026-01-01T00:00Z"); at < utc("2027-01-01T00:00Z"); at += 5_400_000) {
      const found = berlin.instant(berlin.text(at));
      if (found !== at) expect([at - found!, berlin.day(at)]).toEqual([3_600_000, "2026-10-25"]);
    }
  });

  test("what is no time is none", () => {
    for (const text of ["", "2026-02-30T00:00", "2026-13-01T00:00", "2026-01-01", "2026-01-01T24:30", "soon"])
      expect(berlin.instant(text), text).toBeUndefined();
    expect(() => zonedClock("Europe/Atlantis")).toThrow(RangeError);
  });
});
