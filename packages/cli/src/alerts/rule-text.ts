import { compactSpan, fileOfRule, measuredUnit, severityRank, valueText } from "@muster/core";
import type { Condition, Level, RuleDefinition, Severity } from "@muster/core";
import type { RuleView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { shortIds } from "./find.ts";

/** How things that a rule names by id are called. */
export interface RuleNaming {
  serverName(id: string): string;
  notifierName(id: string): string;
}

/** When a rule holds, in a line: `cpu_busy_ratio above 95 % (warning); well again at 85 %`. */
export function conditionText(condition: Condition): string {
  switch (condition.is) {
    case "metric": {
      const { metric, labels, measure, windowMs, horizonMs, comparison, clearAt, levels } = condition;
      const unit = measuredUnit(metric, measure);
      // By its name, which is what a rule is written with; titles such as "Used" say little without their chart.
      const wanted = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
      const what = wanted.length === 0 ? metric : `${metric}{${wanted.join(",")}}`;
      const measured = {
        value: what,
        rate: `${what}, growth a second,`,
        forecast: `${what} in ${compactSpan(horizonMs)} by the line of the last ${compactSpan(windowMs)}`,
      }[measure];
      const clear = clearAt === null ? "" : `; well again at ${valueText(clearAt, unit)}`;
      return `${measured} ${comparison} ${levelsText(levels, (value) => valueText(value, unit))}${clear}`;
    }
    case "log": {
      const { drivers, names, files, pattern, isExpression, windowMs, levels } = condition;
      const of = [...drivers.map((driver) => `${driver}:`), ...names, ...files].join(", ");
      const wanted = isExpression ? `/${pattern}/` : `"${pattern}"`;
      return `log (${of}) says ${wanted} at least ${levelsText(levels, (value) => `${value} times`)} within ${compactSpan(windowMs)}`;
    }
    case "offline":
      return `server is offline (${condition.severity})`;
    case "service": {
      const of = [...condition.drivers, ...condition.names].join(", ");
      return `service${of === "" ? "" : ` (${of})`} is ${severitiesText(condition.severities)}`;
    }
    case "probe":
      return `probe${condition.kinds.length === 0 ? "" : ` (${condition.kinds.join(", ")})`} is ${severitiesText(condition.severities)}`;
    case "certificate":
      return `certificate ends in less than ${levelsText(condition.levels, (value) => `${value} days`)}`;
    case "hub":
      return `trouble of Muster itself: ${severitiesText(condition.severities)}`;
  }
}

const levelsText = (levels: readonly Level[], text: (value: number) => string): string =>
  levels.map(({ threshold, severity }) => `${text(threshold)} (${severity})`).join(", ");

/** Mildest first. */
const severitiesText = (severities: Readonly<Partial<Record<string, Severity>>>): string =>
  Object.entries(severities)
    .flatMap(([trouble, severity]) => (severity === undefined ? [] : [{ trouble, severity }]))
    .toSorted((one, other) => severityRank(one.severity) - severityRank(other.severity))
    .map(({ trouble, severity }) => `${trouble} (${severity})`)
    .join(", ");

/** How long it must be so, and be over. */
export const timingText = ({ forMs, clearForMs }: Pick<RuleDefinition, "forMs" | "clearForMs">): string =>
  `${forMs === 0 ? "at once" : compactSpan(forMs)}, over after ${compactSpan(clearForMs)}`;

const originText = (rule: RuleView): string =>
  fileOfRule(rule) ?? (rule.origin === null ? "made here" : `comes with Muster (${rule.origin})`);

export function ruleTable(rules: readonly RuleView[], colours: Colours): Promise<string> | string {
  if (rules.length === 0) return "No rules.\n";
  const short = shortIds(rules);
  return renderTable(
    [
      { title: "name" },
      { title: "id" },
      { title: "state" },
      { title: "open", align: "right" },
      { title: "for" },
      { title: "when" },
    ],
    rules.map((rule) => [
      rule.isEnabled ? rule.name : { text: rule.name, colour: colours.faint },
      short(rule.id),
      rule.isEnabled ? { text: "on", colour: colours.good } : { text: "off", colour: colours.faint },
      rule.openCount === 0 ? "0" : { text: String(rule.openCount), colour: colours.bad },
      timingText(rule),
      conditionText(conditionOf(rule)),
    ]),
  );
}

export function ruleFields(rule: RuleView, naming: RuleNaming): string {
  const { scope, overrides, notifierIds } = rule;
  const condition = conditionOf(rule);
  const many = (names: readonly string[]): string => names.join(", ") || UNKNOWN;
  return renderFields([
    ["name", rule.name],
    ["id", rule.id],
    ["state", rule.isEnabled ? "on" : "off"],
    ["when", conditionText(condition)],
    ["for", timingText(rule)],
    [
      "whom",
      scope.is === "all"
        ? "all servers"
        : `servers ${many(scope.serverIds.map((id) => naming.serverName(id)))}; tags ${many(scope.tags)}`,
    ],
    ...overrides.map(
      ({ serverId, levels }) =>
        [
          `  ${naming.serverName(serverId)}`,
          levels === null ? "not at all" : levelsText(levels, (value) => levelText(condition, value)),
        ] as const,
    ),
    ["no data", { keep: "all stays as it is", alert: "is as bad as the mildest level", clear: "is well" }[rule.noData]],
    [
      "tells",
      notifierIds === null ? "whoever is told by default" : many(notifierIds.map((id) => naming.notifierName(id))),
    ],
    ["from", originText(rule)],
    ["made", utc(rule.createdAt)],
    ["open", String(rule.openCount)],
    ...rule.logTroubles.map((one) => ["not read", one] as const),
  ]);
}

const levelText = (condition: Condition, value: number): string =>
  condition.is === "metric"
    ? valueText(value, measuredUnit(condition.metric, condition.measure))
    : `${value} ${condition.is === "log" ? "lines" : "days"}`;

/** What the API's answer is by its types, which allow absent severities to be undefined. */
const conditionOf = ({ condition }: RuleView): Condition => condition as Condition;
