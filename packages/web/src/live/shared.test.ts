import { expect, test } from "vitest";
import { shared } from "./shared.ts";

test("what many want is done once, until the last of them leaves, and anew for the next", () => {
  const told: string[] = [];
  const use = shared(() => {
    told.push("start");
    return () => void told.push("stop");
  });
  const [one, other] = [use(), use()];
  one();
  one();
  expect(told).toEqual(["start"]);
  other();
  expect(told).toEqual(["start", "stop"]);
  use();
  expect(told).toEqual(["start", "stop", "start"]);
});
