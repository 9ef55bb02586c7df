import { expect, test } from "vitest";
import { fileOfRule } from "./rule.ts";

test.each([
  [null, undefined],
  ["cpu", undefined],
  ["file:rules.yaml", "rules.yaml"],
])("[UI46] a rule of origin %s stands in %s", (origin, file) => {
  expect(fileOfRule({ origin })).toBe(file);
});
