import { expect, test } from "vitest";
import { fromLocalInput, toLocalInput } from "./local-input.ts";

test("an instant survives the input, to the second", () => {
  const instant = Date.parse("2026-03-04T05:06:07Z");
  expect(fromLocalInput(toLocalInput(instant))).toBe(instant);
});

test("what is no time is undefined", () => {
  expect([fromLocalInput(""), fromLocalInput("soon")]).toEqual([undefined, undefined]);
});
