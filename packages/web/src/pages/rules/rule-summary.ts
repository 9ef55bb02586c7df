import type { Condition, Level, RuleDefinition, Severity } from "@muster/core";
import { SEVERITIES } from "@muster/core";
import { formatValue } from "../../charts/value-format.ts";
import type { Format } from "../../i18n/format.ts";
import type { SayAlerts } from "../../incidents/use-alert-texts.ts";
import { comparedUnit } from "../rule-form/entry-units.ts";

export interface SummaryTexts {
  readonly say: SayAlerts;
  readonly format: Format;
  readonly metricTitle: (metric: string) => string;
}

/** How bad from where on, mildest first: what a list shows of a rule. */
export interface SummaryLevel {
  readonly severity: Severity;
  readonly text: string;
}

/** What a condition looks at, in a few words. */
export function conditionText(condition: Condition, { say, format, metricTitle }: SummaryTexts): string {
  if (condition.is !== "metric") {
    const narrowed =
      condition.is === "service"
        ? [...condition.drivers, ...condition.names]
        : condition.is === "probe"
          ? condition.kinds
          : condition.is === "log"
            ? [...condition.drivers, ...condition.names, ...condition.files, `“${condition.pattern}”`]
            : [];
    return narrowed.join(", ");
  }
  const { metric, labels, measure, horizonMs } = condition;
  const title = metricTitle(metric);
  const what =
    measure === "rate"
      ? say("rule.rateOf", { metric: title })
      : measure === "forecast"
        ? say("rule.forecastOf", { metric: title, time: format.span(horizonMs) })
        : title;
  const where = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [what, ...where].join(" · ");
}

export function summaryLevels(condition: Condition, { say, format }: SummaryTexts): readonly SummaryLevel[] {
  switch (condition.is) {
    case "metric": {
      const { metric, measure, comparison } = condition;
      const unit = comparedUnit(metric, measure);
      return condition.levels.map(({ severity, threshold }) => ({
        severity,
        text: say(comparison === "above" ? "rule.above" : "rule.below", {
          value: formatValue(unit, threshold, format),
        }),
      }));
    }
    case "log":
      return condition.levels.map(({ severity, threshold }: Level) => ({
        severity,
        text: say("rule.logText", { count: threshold, time: format.span(condition.windowMs) }),
      }));
    case "certificate":
      return condition.levels.map(({ severity, threshold }: Level) => ({
        severity,
        text: say("rule.certificateText", { days: format.number(threshold) }),
      }));
    case "offline":
      return [{ severity: condition.severity, text: "" }];
    case "service":
    case "probe":
    case "hub": {
      const texts = {
        service: (trouble: string) => say(`rule.serviceTroubles.${trouble as "failed"}`),
        probe: (trouble: string) => say(`rule.probeTroubles.${trouble as "degraded"}`),
        hub: (trouble: string) => say(`rule.hubTroubles.${trouble as "storage"}`),
      }[condition.is];
      const entries = Object.entries(condition.severities) as [string, Severity][];
      return SEVERITIES.flatMap((severity) => {
        const troubles = entries.filter(([, one]) => one === severity).map(([trouble]) => texts(trouble));
        return troubles.length === 0 ? [] : [{ severity, text: troubles.join(", ") }];
      });
    }
  }
}

/** For how long, and where. */
export function limitsText({ forMs, scope }: Pick<RuleDefinition, "forMs" | "scope">, { say, format }: SummaryTexts) {
  const parts: string[] = [];
  if (forMs > 0) parts.push(say("rule.forText", { time: format.span(forMs) }));
  if (scope.is === "some") {
    if (scope.serverIds.length > 0) parts.push(say("rule.onServers", { count: scope.serverIds.length }));
    if (scope.tags.length > 0) parts.push(say("rule.onTags", { tags: scope.tags.join(", ") }));
  }
  return parts.join(" · ");
}
