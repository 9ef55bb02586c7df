import { expect, test } from "vitest";
import { nextLookMs } from "./use-deployment.ts";

test("a deployment is followed until it is over, and a hub that refuses is not asked ten times a second", () => {
  expect(nextLookMs({ state: "running" }, null)).toBe(100);
  expect(nextLookMs({ state: "running" }, new Error("not found"))).toBe(2_000);
  expect(nextLookMs(undefined, new Error("not found"))).toBe(2_000);
  for (const state of ["succeeded", "failed"] as const) expect(nextLookMs({ state }, null)).toBe(false);
});
