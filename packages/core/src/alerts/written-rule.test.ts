import { describe, expect, test } from "vitest";
import { DEFAULT_RULES } from "./default-rules.ts";
import type { RuleDefinition } from "./rule.ts";
import { compactSpan, spanMs } from "./span.ts";
import { apiRule, writtenRule } from "./written-rule.ts";

const NAMES = {
  serverId: (name: string) => ({ web: "s1", db: "s2" })[name],
  notifierId: (name: string) => ({ ops: "n1" })[name],
};
const IDS = {
  serverName: (id: string) => ({ s1: "web", s2: "db" })[id] ?? id,
  notifierName: (id: string) => ({ n1: "ops" })[id] ?? id,
};

describe("spans", () => {
  test.each([
    ["0", 0],
    ["90s", 90_000],
    ["1d12h", 129_600_000],
    ["1h30m5s", 5_405_000],
    ["250ms", 250],
  ])("%s", (text, ms) => expect([spanMs(text), spanMs(compactSpan(ms))]).toEqual([ms, ms]));

  test.each(["", "5", "m", "-5m", "5 m", "1h1d", "1.5h"])("%j is none", (text) => expect(spanMs(text)).toBeUndefined());
});

test.each(Object.entries(DEFAULT_RULES))("the rule %s is the same after it was written and read", (_name, given) => {
  const rule: RuleDefinition = {
    ...given,
    scope: { is: "some", serverIds: ["s1"], tags: ["prod"] },
    notifierIds: ["n1"],
  };
  const read = apiRule(writtenRule(rule, IDS), NAMES);
  expect(read).toMatchObject({ ok: true });
  // What was left out has its default at the door.
  const door = { isEnabled: true, overrides: [], noData: "keep" };
  const condition = {
    labels: {},
    measure: "value",
    windowMs: 0,
    horizonMs: 0,
    clearAt: null,
    drivers: [],
    names: [],
    kinds: [],
  };
  const whole = read.ok
    ? { ...door, ...read.rule, condition: { ...condition, ...(read.rule["condition"] as object) } }
    : {};
  expect(whole).toEqual({ ...rule, condition: { ...condition, ...rule.condition } });
});

test("a file begins with a rule of the program and says what is other", () => {
  const read = apiRule({ default: "cpu", for: "1h", tags: ["batch"] }, NAMES);
  expect(read).toEqual({
    ok: true,
    rule: { ...DEFAULT_RULES["cpu"], forMs: 3_600_000, scope: { is: "some", serverIds: [], tags: ["batch"] } },
  });
});

test("overrides name servers, conditions their spans", () => {
  const condition = { is: "metric", metric: "load1", measure: "forecast", window: "6h", horizon: "1d", levels: [] };
  const read = apiRule({ name: "x", condition, overrides: [{ server: "db", levels: null }] }, NAMES);
  expect(read).toMatchObject({
    rule: {
      overrides: [{ serverId: "s2", levels: null }],
      condition: { windowMs: 21_600_000, horizonMs: 86_400_000 },
    },
  });
});

test.each([
  [{ for: "soon" }, "for"],
  [{ condition: { is: "metric", window: "6" } }, "condition.window"],
  [{ servers: ["mail"] }, "servers.0"],
  [{ servers: "web" }, "servers"],
  [{ notifiers: ["nobody"] }, "notifiers.0"],
  [{ overrides: [{ server: "mail", levels: null }] }, "overrides.0.server"],
  [{ default: "toString" }, "default"],
  ["text", "rule"],
])("what is wrong in %j is said at %s", (written, place) => {
  const read = apiRule(written, NAMES);
  expect(read.ok ? {} : Object.keys(read.problems)).toEqual([place]);
});
