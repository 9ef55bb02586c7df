import { DEFAULT_RULES } from "@muster/core";
import type { LogCondition } from "@muster/core";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { makeFormat } from "../../i18n/format.ts";
import { ALERT_TEXTS } from "../../incidents/use-alert-texts.ts";
import type { SayAlerts } from "../../incidents/use-alert-texts.ts";
import { conditionText, limitsText, summaryLevels } from "./rule-summary.ts";

const instance = i18next.createInstance();
beforeAll(() => instance.init({ lng: "en", resources: { en: { alerts: ALERT_TEXTS.en } }, returnNull: false }));
const texts = () => ({
  say: instance.getFixedT("en", "alerts") as unknown as SayAlerts,
  format: makeFormat("en"),
  metricTitle: (metric: string) => metric,
});

const lineOf = (key: string): string => {
  const rule = DEFAULT_RULES[key]!;
  const levels = summaryLevels(rule.condition, texts()).map(({ severity, text }) => `${severity} ${text}`.trim());
  return [conditionText(rule.condition, texts()), limitsText(rule, texts()), ...levels].filter(Boolean).join(" | ");
};

test("a rule is told in a line, with its thresholds in the units of people", () => {
  expect(lineOf("disk")).toBe("filesystem_used_ratio | for 2m | warning above 85.0 % | critical above 95.0 %");
  expect(lineOf("disk-forecast")).toBe("filesystem_used_ratio, in 1d | for 15m | warning above 99.5 %");
  expect(lineOf("out-of-memory")).toBe("growth a second of memory_oom_kills_total | warning above 0");
  expect(lineOf("offline")).toBe("critical");
  expect(lineOf("service")).toBe("for 30s | warning is degraded | error has failed, is unhealthy");
  expect(lineOf("certificate")).toBe("warning 14 d before its end | critical 3 d before its end");
});

test("labels and servers are told where there are some", () => {
  const { condition } = DEFAULT_RULES["disk"]!;
  if (condition.is !== "metric") throw new TypeError("the rule is about a metric");
  expect(conditionText({ ...condition, labels: { mount: "/data*" } }, texts())).toBe(
    "filesystem_used_ratio · mount=/data*",
  );
  expect(limitsText({ forMs: 0, scope: { is: "some", serverIds: ["a", "b"], tags: ["prod"] } }, texts())).toBe(
    "on 2 servers · with the tag prod",
  );
});

test("[AL38] a rule of logs is told by where it looks, what for, and how many lines are how bad", () => {
  const condition: LogCondition = {
    ...{ is: "log", drivers: [], names: ["nginx*"], files: ["/var/log/a.log"], pattern: "timed out" },
    ...{ isExpression: false, windowMs: 300_000 },
    levels: [
      { severity: "warning", threshold: 1 },
      { severity: "error", threshold: 50 },
    ],
  };
  expect(conditionText(condition, texts())).toBe("nginx*, /var/log/a.log, “timed out”");
  expect(summaryLevels(condition, texts()).map(({ text }) => text)).toEqual(["1 line within 5m", "50 lines within 5m"]);
});
