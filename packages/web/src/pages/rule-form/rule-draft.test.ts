import { DEFAULT_RULES, MINUTE_MS } from "@muster/core";
import type { RuleDefinition } from "@muster/core";
import { expect, test } from "vitest";
import { alertProblemText } from "../../incidents/alert-problem-text.ts";
import { definitionOf, draftOfRule, judgedBy, newOverride, newRuleDraft, readDraft, withMetric } from "./rule-draft.ts";
import type { RuleDraft } from "./rule-draft.ts";
import { ruleInputOf } from "./rule-input.ts";

const problemsOf = (draft: RuleDraft) => readDraft(draft, "Name").problems;
const conditionOf = (draft: RuleDraft) => readDraft(draft, "Name").definition.condition;

test.each(Object.keys(DEFAULT_RULES))("[UI46] the rule %s reads back from its form as it was", (key) => {
  const rule = DEFAULT_RULES[key]!;
  expect(readDraft(draftOfRule(rule), "")).toEqual({ definition: rule, problems: {} });
});

test("a rule with everything in it reads back as it was", () => {
  const rule: RuleDefinition = {
    name: "Disk of the shop",
    isEnabled: false,
    condition: {
      is: "metric",
      metric: "filesystem_available_bytes",
      labels: { mount: "/data*" },
      measure: "forecast",
      windowMs: 90 * MINUTE_MS,
      horizonMs: 24 * 60 * MINUTE_MS,
      comparison: "below",
      levels: [
        { severity: "warning", threshold: 20 * 1_024 ** 3 },
        { severity: "critical", threshold: 1.5 * 1_024 ** 3 },
      ],
      clearAt: 25 * 1_024 ** 3,
    },
    scope: { is: "some", serverIds: ["a"], tags: ["prod", "eu"] },
    overrides: [
      { serverId: "b", levels: null },
      { serverId: "c", levels: [{ severity: "error", threshold: 1_024 ** 3 }] },
    ],
    forMs: 0,
    clearForMs: 90_000,
    noData: "alert",
    notifierIds: ["n"],
  };
  const draft = draftOfRule(rule);
  expect(draft.levels).toMatchObject({ warning: "20", critical: "1.5" });
  expect(draft.unit).toBe("gib");
  expect(readDraft(draft, "")).toEqual({ definition: rule, problems: {} });
  expect(definitionOf({ ...rule, id: "x", openCount: 3 } as RuleDefinition)).toEqual(rule);
});

test("[UI46] shares are typed in per cent, bytes in the unit that is picked", () => {
  const cpu = newRuleDraft("metric");
  expect(cpu.levels.warning).toBe("95");
  const levels = { info: "", warning: "12,5", error: "", critical: "99.9" };
  expect(conditionOf({ ...cpu, levels, clearAt: "" })).toMatchObject({
    levels: [
      { severity: "warning", threshold: 0.125 },
      { severity: "critical", threshold: 0.999 },
    ],
    clearAt: null,
  });
  const memory = withMetric(cpu, "memory_available_bytes");
  // 95 meant per cent, and would mean something else now.
  expect(memory).toMatchObject({ unit: "mib", levels: { warning: "" }, clearAt: "" });
  expect(conditionOf({ ...memory, levels: { ...levels, warning: "512", critical: "" } })).toMatchObject({
    levels: [{ threshold: 512 * 1_024 ** 2 }],
  });
});

test("a total is judged by its growth, and a value by what it is", () => {
  const network = withMetric(newRuleDraft("metric"), "network_receive_bytes_total");
  expect(network).toMatchObject({ measure: "rate", unit: "mib" });
  expect(withMetric(network, "load1")).toMatchObject({ measure: "value", unit: "own" });
  const forecast = judgedBy(newRuleDraft("metric"), "cpu_busy_ratio", "forecast");
  expect(forecast.levels.warning, "the unit is the same").toBe("95");
  expect(withMetric(newRuleDraft("metric"), "my_queue_ratio").unit, "by its name").toBe("percent");
});

test("[UI46] what is wrong is told at its input, and what is no number only once", () => {
  const cpu = newRuleDraft("metric");
  const none = { info: "", warning: "", error: "", critical: "" };
  expect(Object.keys(problemsOf({ ...cpu, levels: none }))).toEqual(["condition.levels"]);
  expect(problemsOf({ ...cpu, levels: { ...none, warning: "much" } })).toEqual({
    "condition.levels.warning": "must be a number",
  });
  expect(Object.keys(problemsOf({ ...cpu, levels: { ...none, warning: "90", error: "80" } }))).toEqual([
    "condition.levels",
  ]);
  expect(Object.keys(problemsOf({ ...cpu, clearAt: "97" }))).toEqual(["condition.clearAt"]);
  expect(Object.keys(problemsOf({ ...cpu, metric: "not a name" }))).toEqual(["condition.metric"]);
  expect(Object.keys(problemsOf({ ...cpu, labels: "mount" }))).toEqual(["condition.labels"]);
  expect(Object.keys(problemsOf({ ...cpu, for: { amount: "x", unit: "minutes" } }))).toEqual(["forMs"]);
  expect(Object.keys(problemsOf({ ...cpu, scope: "some" }))).toEqual(["scope"]);
  expect(Object.keys(problemsOf({ ...cpu, overrides: [newOverride("a")] }))).toEqual(["overrides.0.levels"]);
  expect(Object.keys(problemsOf({ ...newRuleDraft("hub"), severities: { clock: "" } }))).toEqual([
    "condition.severities",
  ]);
  expect(problemsOf({ ...newRuleDraft("offline"), labels: "of another condition" })).toEqual({});
});

test("a condition without levels takes only servers that it does not watch", () => {
  const draft: RuleDraft = {
    ...newRuleDraft("offline"),
    overrides: [newOverride("a"), { ...newOverride("b"), is: "off" }],
  };
  expect(readDraft(draft, "").definition.overrides).toEqual([{ serverId: "b", levels: null }]);
});

test("a path of the hub leads to the input that it is about", () => {
  expect(ruleInputOf("condition.levels.0.threshold")).toBe("condition.levels");
  expect(ruleInputOf("rule.condition.clearAt")).toBe("condition.clearAt");
  expect(ruleInputOf("overrides.3.levels.1.threshold")).toBe("overrides.3.levels");
  expect(ruleInputOf("overrides.3.serverId")).toBe("overrides.3.serverId");
  expect(ruleInputOf("notifierIds.2")).toBe("notifierIds");
  expect(ruleInputOf("name")).toBe("name");
});

test("every sentence of core about a rule is told in the language in use", () => {
  const say = ((key: string) => `said ${key}`) as never;
  const drafts: readonly RuleDraft[] = [
    { ...newRuleDraft("metric"), metric: "?", clearAt: "99", labels: "x", scope: "some" },
    {
      ...newRuleDraft("metric"),
      comparison: "below",
      clearAt: "1",
      levels: { info: "9", warning: "10", error: "", critical: "" },
    },
    {
      ...newRuleDraft("metric"),
      measure: "forecast",
      window: { amount: "0", unit: "hours" },
      levels: { info: "9", warning: "8", error: "", critical: "" },
    },
    { ...newRuleDraft("service"), severities: {} },
  ];
  for (const draft of drafts)
    for (const sentence of Object.values(problemsOf(draft)))
      expect(alertProblemText(sentence, say), sentence).toMatch(/^said problem\./);
});

test("[UI46] [AL38] a rule of logs reads back as it was, and what is wrong with it is told in words", () => {
  const rule: RuleDefinition = {
    ...DEFAULT_RULES["service"]!,
    condition: {
      ...{ is: "log", drivers: ["container"], names: ["web*", "db"], files: ["/var/log/a.log"] },
      ...{ pattern: "timed? out", isExpression: true, windowMs: 10 * MINUTE_MS },
      levels: [{ severity: "error", threshold: 5 }],
    },
    overrides: [{ serverId: "b", levels: [{ severity: "error", threshold: 50 }] }],
  };
  expect(readDraft(draftOfRule(rule), "")).toEqual({ definition: rule, problems: {} });
  const fresh = newRuleDraft("log");
  expect(Object.keys(problemsOf(fresh)).toSorted()).toEqual(["condition.names", "condition.pattern"]);
  const wrong = { ...fresh, services: "*", pattern: "(", isExpression: true, files: "a.log" };
  const levels = { ...wrong.levels, warning: "1.5" };
  const problems = problemsOf({ ...wrong, levels });
  expect(Object.keys(problems).toSorted()).toEqual(["condition.files", "condition.levels", "condition.pattern"]);
  for (const key of ["condition.files", "condition.levels"])
    expect(alertProblemText(problems[key]!, ((text: string) => text) as never), key).toMatch(/^problem\./);
});
