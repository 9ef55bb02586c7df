import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.for([
  ["lisen", "listen"],
  ["LISTEN", "listen"],
  ["intervall", "interval"],
  ["completely-different", undefined],
  ["", undefined],
] as const)("%s is near %s", ([written, known]) => {
  expect(nearest(written, ["listen", "interval", "retention"])).toBe(known);
});
