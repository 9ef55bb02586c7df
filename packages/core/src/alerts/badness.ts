import type { Presence } from "../presence.ts";
import type { Health, RunState, ServiceKey } from "../services/service.ts";
import { mildestSeverity } from "./rule.ts";
import type { Level, LogCondition, MetricCondition, ProbeTrouble, RuleDefinition, ServiceTrouble } from "./rule.ts";
import { isBeyond } from "./rule-problems.ts";
import { severityRank } from "./severity.ts";
import type { Severity } from "./severity.ts";

/**
 * How something stands by one rule at one instant: the rank of a severity, or one of these. A number, because a rule
 * over a fleet is judged some hundred thousand times a second.
 */
export type Badness = number;
export const WELL: Badness = -1;
/** Better than the first threshold, and not yet well (AL6). */
export const BETWEEN: Badness = -2;
export const UNKNOWN: Badness = -3;

/** What a rule makes of what is not known (AL25). */
export function badnessOfUnknown({ noData, condition }: Pick<RuleDefinition, "noData" | "condition">): Badness {
  if (noData === "alert") return severityRank(mildestSeverity(condition));
  return noData === "clear" ? WELL : UNKNOWN;
}

/** A number against levels. What is not a number is unknown. */
export function badnessOfNumber(
  value: number,
  levels: readonly Level[],
  comparison: "above" | "below",
  clearAt: number | null,
): Badness {
  if (!Number.isFinite(value)) return UNKNOWN;
  for (let index = levels.length - 1; index >= 0; index--) {
    const { threshold, severity } = levels[index]!;
    if (isBeyond(value, threshold, comparison)) return severityRank(severity);
  }
  return clearAt !== null && (comparison === "above" ? value > clearAt : value < clearAt) ? BETWEEN : WELL;
}

/** The levels that hold on one server; undefined where the rule is not for it. */
export function levelsOn(
  { overrides }: Pick<RuleDefinition, "overrides">,
  levels: readonly Level[],
  serverId: string,
): readonly Level[] | undefined {
  const override = overrides.find((one) => one.serverId === serverId);
  return override === undefined ? levels : (override.levels ?? undefined);
}

/** One sample of a counter and the one before, as a rate. Unknown across a restart of the counter. */
export function rateOf(at: number, value: number, previousAt: number, previousValue: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(previousValue) || at <= previousAt || value < previousValue)
    return Number.NaN;
  return (value - previousValue) / ((at - previousAt) / 1_000);
}

/** Whoever has never come is not missed. One that is stale is neither here nor gone. */
export function badnessOfPresence(is: Presence["is"], severity: Severity): Badness {
  if (is === "offline") return severityRank(severity);
  if (is === "stale") return BETWEEN;
  return is === "online" ? WELL : UNKNOWN;
}

/** The worst of the troubles that are named. A service on its way to another state stands between. */
export function badnessOfService(
  state: RunState,
  health: Health,
  severities: Readonly<Partial<Record<ServiceTrouble, Severity>>>,
): { readonly badness: Badness; readonly trouble: ServiceTrouble | undefined } {
  let worst: { badness: Badness; trouble: ServiceTrouble | undefined } = { badness: WELL, trouble: undefined };
  for (const trouble of [state, health] as readonly string[]) {
    const severity = severities[trouble as ServiceTrouble];
    if (severity !== undefined && severityRank(severity) > worst.badness)
      worst = { badness: severityRank(severity), trouble: trouble as ServiceTrouble };
  }
  if (worst.trouble !== undefined) return worst;
  if (state === "unknown") return { badness: UNKNOWN, trouble: undefined };
  return state === "starting" || state === "stopping" || state === "backing-off"
    ? { badness: BETWEEN, trouble: undefined }
    : worst;
}

export function badnessOfProbe(health: Health, severities: Readonly<Partial<Record<ProbeTrouble, Severity>>>): Badness {
  if (health === "unknown") return UNKNOWN;
  const severity = health === "healthy" ? undefined : severities[health];
  return severity === undefined ? WELL : severityRank(severity);
}

/** Whether a series is meant. */
export function fitsLabels(labels: Readonly<Record<string, string>>, wanted: MetricCondition["labels"]): boolean {
  for (const name of Object.keys(wanted)) {
    const value = labels[name];
    if (value === undefined || !fitsPattern(value, wanted[name]!)) return false;
  }
  return true;
}

/** Whether the log of a service is meant. */
export const isLogOf = ({ drivers, names }: LogCondition, service: ServiceKey | null): boolean =>
  service !== null &&
  (drivers.length === 0 || drivers.includes(service.driver)) &&
  names.some((pattern) => fitsPattern(service.name, pattern));

/** Whether a text is what a pattern says, in which `*` stands for any text. Takes no longer than both are long. */
export function fitsPattern(text: string, pattern: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(head)) return false;
  const tail = rest.pop() ?? "";
  let from = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}
