import { expect, test } from "vitest";
import { spokenClock } from "./spoken-clock.ts";

const say = (detail: string): string => spokenClock(detail, (time) => `clock: ${time}`, String);

test("the agent's clock is told in the reader's words, whoever wrote it down", () => {
  expect(say("the agent's clock says 2026-11-21T10:00:00.000Z")).toBe("clock: 1795255200000");
  expect(say("1795255200000")).toBe("clock: 1795255200000");
  expect(say("the agent's clock: 2026-11-21T10:00:00Z")).toBe("clock: 1795255200000");
});

test("any other text stays as it is", () => {
  for (const text of ["", "the unit is masked", "seen at 2026-11-21T10:00:00Z", "clock 2026-99-99T10:00:00Z"])
    expect(say(text)).toBe(text);
});
