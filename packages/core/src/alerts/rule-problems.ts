import { isPlainPath } from "../policy/exact-text.ts";
import { isMetricName } from "../samples.ts";
import { compileExpression } from "../services/expression.ts";
import { isWhole } from "../shapes.ts";
import { LOG_RULE_LIMITS } from "./rule.ts";
import type { Condition, Level, RuleDefinition } from "./rule.ts";
import { severityRank } from "./severity.ts";

/** What is wrong with a rule, by the path of its field; empty when it can be used. */
export function ruleProblems({ condition, overrides }: RuleDefinition): Readonly<Record<string, string>> {
  const problems: Record<string, string> = { ...conditionProblems(condition) };
  overrides.forEach(({ levels }, index) => {
    if (levels === null) return;
    const place = `overrides.${index}.levels`;
    const problem =
      condition.is === "metric"
        ? levelsProblem(levels, condition.comparison)
        : condition.is === "certificate"
          ? levelsProblem(levels, "below")
          : condition.is === "log"
            ? countsProblem(levels)
            : "can be set for conditions with levels only";
    if (problem !== undefined) problems[place] = problem;
  });
  return problems;
}

function conditionProblems(condition: Condition): Readonly<Record<string, string>> {
  switch (condition.is) {
    case "metric": {
      const { metric, measure, windowMs, horizonMs, comparison, levels, clearAt } = condition;
      const mildest = levels[0]?.threshold;
      const isForecast = measure === "forecast";
      return named({
        metric: isMetricName(metric) ? undefined : "must be the name of a metric",
        levels: levelsProblem(levels, comparison),
        windowMs: isForecast && windowMs <= 0 ? "is needed for a forecast" : undefined,
        horizonMs: isForecast && horizonMs <= 0 ? "is needed for a forecast" : undefined,
        clearAt:
          clearAt === null || mildest === undefined || isBeyond(mildest, clearAt, comparison) || mildest === clearAt
            ? undefined
            : `must be ${comparison === "above" ? "at most" : "at least"} the first threshold`,
      });
    }
    case "log": {
      const { names, files, pattern, isExpression, windowMs, levels } = condition;
      const { patternCharactersMax, windowMsMin, windowMsMax } = LOG_RULE_LIMITS;
      const compiled = isExpression && pattern !== "" ? compileExpression(pattern) : undefined;
      return named({
        names: names.length === 0 && files.length === 0 ? "must name services, or files of a server" : undefined,
        files: files.every(isPlainPath) ? undefined : "must be absolute paths without ..",
        pattern:
          pattern === "" || pattern.length > patternCharactersMax
            ? `must have 1 to ${patternCharactersMax} characters`
            : compiled?.ok === false
              ? compiled.why
              : undefined,
        windowMs: windowMs < windowMsMin || windowMs > windowMsMax ? "must be ten seconds to a day" : undefined,
        levels: countsProblem(levels),
      });
    }
    case "certificate":
      return named({ levels: levelsProblem(condition.levels, "below") });
    case "service":
    case "probe":
    case "hub":
      return named({
        severities: Object.keys(condition.severities).length === 0 ? "must name at least one trouble" : undefined,
      });
    case "offline":
      return {};
  }
}

const named = (problems: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(problems).flatMap(([field, problem]) =>
      problem === undefined ? [] : [[`condition.${field}`, problem]],
    ),
  );

function levelsProblem(levels: readonly Level[], comparison: "above" | "below"): string | undefined {
  if (levels.length === 0) return "must hold at least one level";
  if (levels.some(({ threshold }) => !Number.isFinite(threshold))) return "must hold finite thresholds";
  for (const [index, level] of levels.entries()) {
    const milder = levels[index - 1];
    if (milder === undefined) continue;
    if (severityRank(level.severity) <= severityRank(milder.severity)) return "must go from the mildest to the worst";
    if (!isBeyond(level.threshold, milder.threshold, comparison))
      return `must each be further ${comparison === "above" ? "up" : "down"} than the one before`;
  }
  return undefined;
}

function countsProblem(levels: readonly Level[]): string | undefined {
  const { linesMax } = LOG_RULE_LIMITS;
  const isCount = ({ threshold }: Level): boolean => isWhole(threshold, linesMax) && threshold > 0;
  return levels.every(isCount) ? levelsProblem(levels, "above") : `must hold whole numbers of lines, 1 to ${linesMax}`;
}

/** Whether a value is further out than another one. */
export const isBeyond = (value: number, than: number, comparison: "above" | "below"): boolean =>
  comparison === "above" ? value > than : value < than;
