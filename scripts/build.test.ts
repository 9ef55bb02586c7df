import { expect, test } from "vitest";
import { agentBundleFaults } from "./build.mjs";

test("an agent bundle that is small and free of zod has no fault", () => {
  expect(agentBundleFaults("const frames = 1; // zod is not here\n")).toEqual([]);
});

test("an agent bundle that is too big or carries zod says so", () => {
  expect(agentBundleFaults("x".repeat(512_001))).toEqual(["it has 512001 bytes, at most 512000 are allowed"]);
  expect(agentBundleFaults("//#region ../node_modules/zod/v4/core.js")[0]).toMatch(/^it contains zod/);
  expect(agentBundleFaults('class ZodError { $ZodType = "" }')[0]).toMatch(/^it contains zod/);
});
