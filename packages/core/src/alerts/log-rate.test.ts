import { expect, test } from "vitest";
import { UNKNOWN, WELL } from "./badness.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { badnessOfCount, countedLinesMax, LineRate } from "./log-rate.ts";
import type { LogCondition, RuleDefinition } from "./rule.ts";
import { ruleProblems } from "./rule-problems.ts";
import { severityRank } from "./severity.ts";
import { NO_SUBJECT, subjectKey } from "./subject.ts";
import { apiRule, writtenRule } from "./written-rule.ts";

const LEVELS = [
  { severity: "warning", threshold: 3 },
  { severity: "critical", threshold: 10 },
] as const;
const CONDITION: LogCondition = {
  ...{ is: "log", drivers: [], names: ["nginx.service"], files: [], pattern: "error", isExpression: false },
  ...{ windowMs: 60_000, levels: LEVELS },
};
const rule = (change: Partial<LogCondition>, overrides: RuleDefinition["overrides"] = []): RuleDefinition => ({
  ...DEFAULT_RULES["cpu"]!,
  condition: { ...CONDITION, ...change },
  overrides,
});

test("[AL38] lines count for as long as the window is, whichever way they come", () => {
  const rate = new LineRate(10);
  for (const at of [1_000, 5_000, 3_000]) rate.add(at);
  expect(rate.within(10_000, 10_999)).toBe(3);
  // The beginning is not of it.
  expect(rate.within(10_000, 11_000)).toBe(2);
  expect(rate.within(10_000, 13_000)).toBe(1);
  expect(rate.within(10_000, 99_000)).toBe(0);
});

test("[AL38] no more are kept than a rule can tell apart, the newest", () => {
  expect(
    countedLinesMax(CONDITION, { overrides: [{ serverId: "a", levels: [{ severity: "info", threshold: 40 }] }] }),
  ).toBe(40);
  const rate = new LineRate(countedLinesMax(CONDITION, { overrides: [] }));
  for (let at = 0; at < 10_000; at++) rate.add(at);
  expect(rate.within(60_000, 10_000)).toBe(10);
  expect(rate.within(5, 10_000)).toBe(4);
});

test("[AL38] a level holds from its count on; nobody could count is unknown", () => {
  expect([0, 2, 3, 9, 10, 99].map((count) => badnessOfCount(count, LEVELS))).toEqual([
    WELL,
    WELL,
    ...[severityRank("warning"), severityRank("warning"), severityRank("critical"), severityRank("critical")],
  ]);
  expect(badnessOfCount(undefined, LEVELS)).toBe(UNKNOWN);
});

test.each<[Partial<LogCondition>, Readonly<Record<string, string>>]>([
  [{}, {}],
  [{ names: [], files: ["/var/log/app.log"] }, {}],
  [{ names: [] }, { "condition.names": "must name services, or files of a server" }],
  [{ files: ["/var/../etc/shadow"] }, { "condition.files": "must be absolute paths without .." }],
  [{ files: ["app.log"] }, { "condition.files": "must be absolute paths without .." }],
  [{ pattern: "" }, { "condition.pattern": "must have 1 to 256 characters" }],
  [{ pattern: "(", isExpression: false }, {}],
  [{ pattern: "(", isExpression: true }, { "condition.pattern": expect.any(String) as never }],
  [{ pattern: "(?=x)", isExpression: true }, { "condition.pattern": expect.any(String) as never }],
  [{ pattern: "a{1,100}{1,100}", isExpression: true }, { "condition.pattern": expect.any(String) as never }],
  [{ windowMs: 9_999 }, { "condition.windowMs": "must be ten seconds to a day" }],
  [{ levels: [] }, { "condition.levels": "must hold at least one level" }],
  [
    { levels: [{ severity: "info", threshold: 0 }] },
    { "condition.levels": "must hold whole numbers of lines, 1 to 10000" },
  ],
  [
    { levels: [{ severity: "info", threshold: 1.5 }] },
    { "condition.levels": "must hold whole numbers of lines, 1 to 10000" },
  ],
  [{ levels: [...LEVELS].reverse() }, { "condition.levels": "must go from the mildest to the worst" }],
])("[AL38] [DS-03] what is wrong with a rule of logs is told at its field: %j", (change, problems) => {
  expect(ruleProblems(rule(change))).toEqual(problems);
});

test("[AL38] a file holds it as people write it", () => {
  const definition = rule({ files: ["/var/log/app.log"], isExpression: true });
  const names = { serverId: (name: string) => name, notifierId: (name: string) => name };
  const written = writtenRule(definition, { serverName: (id) => id, notifierName: (id) => id });
  expect(written["condition"]).toEqual({
    ...{ is: "log", names: ["nginx.service"], files: ["/var/log/app.log"], pattern: "error", isExpression: true },
    ...{ window: "1m", levels: LEVELS },
  });
  expect(apiRule(written, names)).toMatchObject({ ok: true, rule: { condition: { is: "log", windowMs: 60_000 } } });
});

test("[AL38] logs of two files of one server are two things", () => {
  const keys = ["/a", "/b"].map((file) => subjectKey({ ...NO_SUBJECT, serverId: "s", file }));
  expect(new Set([...keys, subjectKey({ ...NO_SUBJECT, serverId: "s" })]).size).toBe(3);
});
