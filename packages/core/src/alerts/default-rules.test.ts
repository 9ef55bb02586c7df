import { expect, test } from "vitest";
import { findMetric } from "../metrics/catalog.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { ruleProblems } from "./rule-problems.ts";

test.each(Object.entries(DEFAULT_RULES))("[AL1] the rule %s can be used", (_name, rule) => {
  expect(ruleProblems(rule)).toEqual({});
  if (rule.condition.is === "metric") expect(findMetric(rule.condition.metric)).toBeDefined();
});

test("[AL1] names are told apart", () => {
  const names = Object.values(DEFAULT_RULES).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
