import { DEFAULT_RULES, HOUR_MS, isCounterMetric, MINUTE_MS, ruleProblems, SEVERITIES } from "@muster/core";
import type { ConditionName, Level, Measure, NoDataPolicy, RuleDefinition, Severity } from "@muster/core";
import { parseLines } from "../../components/parse-lines.ts";
import { parseNumber } from "../../components/parse-number.ts";
import { parseTags } from "../../components/parse-tags.ts";
import { durationDraft, durationMs } from "../../incidents/duration-draft.ts";
import type { DurationDraft } from "../../incidents/duration-draft.ts";
import { comparedUnit, entryUnits, fittingUnit, toEntered, toOwn } from "./entry-units.ts";
import type { EntryUnit } from "./entry-units.ts";

/** Thresholds by severity, as they were typed; empty: no such level. */
export type LevelsDraft = Readonly<Record<Severity, string>>;

export interface OverrideDraft {
  readonly serverId: string;
  readonly is: "levels" | "off";
  readonly levels: LevelsDraft;
}

/** A rule as it stands in a form: everything is text, and may be wrong. What other conditions need keeps what was typed. */
export interface RuleDraft {
  readonly is: ConditionName;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly metric: string;
  /** `name=value`, one a line. */
  readonly labels: string;
  readonly measure: Measure;
  readonly window: DurationDraft;
  readonly horizon: DurationDraft;
  readonly comparison: "above" | "below";
  readonly unit: EntryUnit["name"];
  readonly levels: LevelsDraft;
  readonly clearAt: string;
  /** Of a server that is offline. */
  readonly severity: Severity;
  readonly drivers: readonly string[];
  readonly services: string;
  /** Of logs: files, one a line, what is looked for, and the time in which it is counted. */
  readonly files: string;
  readonly pattern: string;
  readonly isExpression: boolean;
  readonly within: DurationDraft;
  readonly kinds: readonly string[];
  /** By trouble; empty: none. */
  readonly severities: Readonly<Record<string, Severity | "">>;
  readonly scope: "all" | "some";
  readonly serverIds: readonly string[];
  readonly tags: string;
  readonly overrides: readonly OverrideDraft[];
  readonly for: DurationDraft;
  readonly clearFor: DurationDraft;
  readonly noData: NoDataPolicy;
  readonly told: "default" | "some";
  readonly notifierIds: readonly string[];
}

const NO_LEVELS: LevelsDraft = { info: "", warning: "", error: "", critical: "" };
/** A new rule of logs: none comes with Muster. */
const LOG_EXAMPLE: RuleDefinition = {
  ...DEFAULT_RULES["service"]!,
  condition: {
    ...{ is: "log", drivers: [], names: [], files: [], pattern: "", isExpression: false },
    ...{ windowMs: 5 * MINUTE_MS, levels: [{ severity: "warning", threshold: 5 }] },
  },
  forMs: 0,
};
const DAYS: EntryUnit = { name: "own", factor: 1 };

/** What a new rule of a condition begins with: what Muster itself brings along for it. */
const EXAMPLES: Readonly<Record<ConditionName, RuleDefinition>> = {
  metric: DEFAULT_RULES["cpu"]!,
  offline: DEFAULT_RULES["offline"]!,
  service: DEFAULT_RULES["service"]!,
  log: LOG_EXAMPLE,
  probe: DEFAULT_RULES["probe"]!,
  certificate: DEFAULT_RULES["certificate"]!,
  hub: DEFAULT_RULES["hub"]!,
};
export const CONDITION_NAMES = Object.keys(EXAMPLES) as readonly ConditionName[];
export const isConditionName = (text: string | undefined): text is ConditionName =>
  CONDITION_NAMES.some((name) => name === text);

export const newRuleDraft = (is: ConditionName): RuleDraft => ({ ...draftOfRule(EXAMPLES[is]), name: "" });

/** What a form shows of a rule that is there. */
export function draftOfRule(rule: RuleDefinition): RuleDraft {
  const { condition, scope } = rule;
  const metric = condition.is === "metric" ? condition : undefined;
  const log = condition.is === "log" ? condition : undefined;
  const levels = "levels" in condition ? condition.levels : [];
  const unit = metric ? fittingUnit(comparedUnit(metric.metric, metric.measure), levels[0]?.threshold) : DAYS;
  return {
    is: condition.is,
    name: rule.name,
    isEnabled: rule.isEnabled,
    metric: metric?.metric ?? "cpu_busy_ratio",
    labels: Object.entries(metric?.labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
    measure: metric?.measure ?? "value",
    window: durationDraft(metric?.windowMs || 6 * HOUR_MS),
    horizon: durationDraft(metric?.horizonMs || 24 * HOUR_MS),
    comparison: metric?.comparison ?? "above",
    unit: unit.name,
    levels: levelsDraft(levels, unit),
    clearAt: metric === undefined || metric.clearAt === null ? "" : String(toEntered(metric.clearAt, unit)),
    severity: condition.is === "offline" ? condition.severity : "critical",
    drivers: condition.is === "service" || condition.is === "log" ? condition.drivers : [],
    services: condition.is === "service" || condition.is === "log" ? condition.names.join("\n") : "",
    files: log?.files.join("\n") ?? "",
    pattern: log?.pattern ?? "",
    isExpression: log?.isExpression ?? false,
    within: durationDraft(log?.windowMs ?? 5 * MINUTE_MS),
    kinds: condition.is === "probe" ? condition.kinds : [],
    severities: "severities" in condition ? condition.severities : {},
    scope: scope.is,
    serverIds: scope.is === "some" ? scope.serverIds : [],
    tags: scope.is === "some" ? scope.tags.join(" ") : "",
    overrides: rule.overrides.map((one) => ({
      serverId: one.serverId,
      is: one.levels === null ? "off" : "levels",
      levels: levelsDraft(one.levels ?? [], unit),
    })),
    for: durationDraft(rule.forMs),
    clearFor: durationDraft(rule.clearForMs),
    noData: rule.noData,
    told: rule.notifierIds === null ? "default" : "some",
    notifierIds: rule.notifierIds ?? [],
  };
}

const levelsDraft = (levels: readonly Level[], unit: EntryUnit): LevelsDraft => ({
  ...NO_LEVELS,
  ...Object.fromEntries(levels.map(({ severity, threshold }) => [severity, String(toEntered(threshold, unit))])),
});

/** The draft with another metric. A total is judged by how it grows. */
export function withMetric(draft: RuleDraft, metric: string): RuleDraft {
  const measure = isCounterMetric(metric) ? "rate" : draft.measure === "rate" ? "value" : draft.measure;
  return judgedBy(draft, metric, measure);
}

/** The draft judged by something else. Thresholds of another unit would mean nothing, so that they go. */
export function judgedBy(draft: RuleDraft, metric: string, measure: Measure): RuleDraft {
  const next = { ...draft, metric, measure };
  const unit = comparedUnit(metric, measure);
  if (comparedUnit(draft.metric, draft.measure) === unit) return next;
  return {
    ...next,
    unit: fittingUnit(unit, undefined).name,
    levels: NO_LEVELS,
    clearAt: "",
    overrides: draft.overrides.map((one) => ({ ...one, levels: NO_LEVELS })),
  };
}

/** Whether thresholds make the condition, so that other ones may hold on one server. */
export const hasOwnLevels = ({ is }: Pick<RuleDraft, "is">): boolean =>
  is === "metric" || is === "certificate" || is === "log";

/** The unit in which thresholds of a draft are typed. */
export function unitOfDraft({ is, metric, measure, unit }: RuleDraft): EntryUnit {
  if (is !== "metric") return DAYS;
  const units = entryUnits(comparedUnit(metric, measure));
  return units.find(({ name }) => name === unit) ?? units[0]!;
}

export interface ReadRule {
  readonly definition: RuleDefinition;
  /** By input, in the words of core or by the key of a text; empty when the definition can be sent. */
  readonly problems: Readonly<Record<string, string>>;
}

/** The rule that a draft means, and what must be mended before anybody is asked. `name` stands for one that nobody gave. */
export function readDraft(draft: RuleDraft, name: string): ReadRule {
  const problems: Record<string, string> = {};
  const unit = unitOfDraft(draft);
  const hasLevels = hasOwnLevels(draft);
  const levelsOf = (levels: LevelsDraft, input: string): readonly Level[] =>
    SEVERITIES.filter((severity) => levels[severity].trim() !== "").map((severity) => {
      const entered = parseNumber(levels[severity]);
      if (!Number.isFinite(entered)) problems[`${input}.${severity}`] = "must be a number";
      return { severity, threshold: toOwn(entered, unit) };
    });
  const duration = (input: string, value: DurationDraft): number => {
    const ms = durationMs(value);
    if (Number.isNaN(ms)) problems[input] = "must be a number";
    return ms;
  };
  const labels: Record<string, string> = {};
  for (const line of parseLines(draft.labels)) {
    const [, label, value] = /^([a-zA-Z_][\w]*)\s*=\s*(.+)$/.exec(line) ?? [];
    if (label === undefined || value === undefined) {
      if (draft.is === "metric") problems["condition.labels"] = "must be like name=value";
    } else labels[label] = value;
  }
  const clearAt = draft.clearAt.trim() === "" ? null : parseNumber(draft.clearAt);
  if (draft.is === "metric" && clearAt !== null && !Number.isFinite(clearAt))
    problems["condition.clearAt"] = "must be a number";
  const isForecast = draft.measure === "forecast";
  const condition = ((): RuleDefinition["condition"] => {
    const severities = Object.fromEntries(Object.entries(draft.severities).filter(([, severity]) => severity !== ""));
    switch (draft.is) {
      case "metric":
        return {
          is: "metric",
          metric: draft.metric.trim(),
          labels,
          measure: draft.measure,
          windowMs: isForecast ? duration("condition.windowMs", draft.window) : 0,
          horizonMs: isForecast ? duration("condition.horizonMs", draft.horizon) : 0,
          comparison: draft.comparison,
          levels: levelsOf(draft.levels, "condition.levels"),
          clearAt: clearAt === null || !Number.isFinite(clearAt) ? null : toOwn(clearAt, unit),
        };
      case "log":
        return {
          ...{ is: "log", drivers: draft.drivers as never, names: parseLines(draft.services) },
          ...{ files: parseLines(draft.files), pattern: draft.pattern, isExpression: draft.isExpression },
          windowMs: duration("condition.windowMs", draft.within),
          levels: levelsOf(draft.levels, "condition.levels"),
        };
      case "offline":
        return { is: "offline", severity: draft.severity };
      case "service":
        return { is: "service", drivers: draft.drivers as never, names: parseLines(draft.services), severities };
      case "probe":
        return { is: "probe", kinds: draft.kinds as never, severities };
      case "certificate":
        return { is: "certificate", levels: levelsOf(draft.levels, "condition.levels") };
      case "hub":
        return { is: "hub", severities };
    }
  })();
  const tags = parseTags(draft.tags);
  if (draft.scope === "some" && draft.serverIds.length === 0 && tags.length === 0)
    problems["scope"] = "must name a server or a tag";
  const definition: RuleDefinition = {
    name: draft.name.trim() === "" ? name : draft.name.trim(),
    isEnabled: draft.isEnabled,
    condition,
    scope: draft.scope === "all" ? { is: "all" } : { is: "some", serverIds: draft.serverIds, tags },
    overrides: hasLevels
      ? draft.overrides.map(({ serverId, is, levels }, index) => ({
          serverId,
          levels: is === "off" ? null : levelsOf(levels, `overrides.${index}.levels`),
        }))
      : draft.overrides.filter(({ is }) => is === "off").map(({ serverId }) => ({ serverId, levels: null })),
    forMs: duration("forMs", draft.for),
    clearForMs: duration("clearForMs", draft.clearFor),
    noData: draft.noData,
    notifierIds: draft.told === "default" ? null : draft.notifierIds,
  };
  // What is no number was told at its own input already, and nothing can be compared with it.
  const seen = Object.keys(problems);
  const isUnclear = seen.some((input) => input.startsWith("condition.levels."));
  const found = Object.entries(ruleProblems(definition)).filter(
    ([input]) =>
      !(isUnclear && input === "condition.clearAt") &&
      !seen.some((other) => other === input || other.startsWith(`${input}.`)),
  );
  return { definition, problems: { ...Object.fromEntries(found), ...problems } };
}

/** Of a rule as the hub tells it, what makes it. */
export const definitionOf = ({ ...rule }: RuleDefinition): RuleDefinition => ({
  name: rule.name,
  isEnabled: rule.isEnabled,
  condition: rule.condition,
  scope: rule.scope,
  overrides: rule.overrides,
  forMs: rule.forMs,
  clearForMs: rule.clearForMs,
  noData: rule.noData,
  notifierIds: rule.notifierIds,
});

/** An empty override for one more server. */
export const newOverride = (serverId: string): OverrideDraft => ({ serverId, is: "levels", levels: NO_LEVELS });

/** The time before now that a preview looks at. */
export const PREVIEW_MS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;
/** Samples of the last moments may still be on their way. */
export const PREVIEW_END_MS = MINUTE_MS;
