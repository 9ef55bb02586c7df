import type { Instant } from "../time.ts";
import type { Incident } from "./incident.ts";
import { simulateRules } from "./simulate-rules.ts";
import type { SimulatedNotice } from "./simulate-rules.ts";
import type { RuleScript } from "./rule-script.ts";
import { compactSpan, spanMs } from "./span.ts";

/** A line that was expected and did not come, or came and was not expected. */
export interface ScriptDifference {
  readonly of: "notices" | "incidents";
  readonly is: "missing" | "surplus";
  readonly line: string;
}

/** What came of a script. */
export interface ScriptVerdict {
  readonly name: string;
  /** `shown`: nothing was expected. */
  readonly outcome: "ok" | "failed" | "shown";
  /** `25m ops opened warning CPU is busy`, with how many things are wrong where there are several. */
  readonly notices: readonly string[];
  /** `25m to 50m warning CPU is busy` or `25m open …`, with how many members and how often it was opened again. */
  readonly incidents: readonly string[];
  readonly differences: readonly ScriptDifference[];
}

/** Lets a script's world happen, and compares what is told with what it expects. */
export function runRuleScript(script: RuleScript): ScriptVerdict {
  const { world, notifierNames, expected, name } = script;
  const result = simulateRules(world);
  const since = (at: Instant): string => compactSpan(at - world.startAt);
  const noticeLine = ({ at, notifierId, notice }: SimulatedNotice): string =>
    `${since(at)} ${notifierNames.get(notifierId) ?? notifierId} ${notice.kind} ${notice.severity} ${notice.ruleName}${
      notice.wrongCount > 1 ? ` (${notice.wrongCount})` : ""
    }`;
  const incidentLine = ({ openedAt, resolvedAt, severity, ruleName, members, reopened }: Incident): string => {
    const lasts = resolvedAt === null ? "open" : `to ${since(resolvedAt)}`;
    const count = members.length > 1 ? ` (${members.length})` : "";
    return `${since(openedAt)} ${lasts} ${severity} ${ruleName}${count}${reopened > 0 ? `, again ${reopened}` : ""}`;
  };
  const came = { notices: result.notices.map(noticeLine), incidents: result.incidents.map(incidentLine) };
  const differences = (["notices", "incidents"] as const).flatMap((of) => {
    const lines = expected[of];
    return lines === undefined ? [] : differencesOf(of, lines.map(normal), came[of]);
  });
  const isShown = expected.notices === undefined && expected.incidents === undefined;
  return { name, outcome: isShown ? "shown" : differences.length === 0 ? "ok" : "failed", ...came, differences };
}

/** Each line as often as it is on one side only. */
function differencesOf(
  of: ScriptDifference["of"],
  expected: readonly string[],
  came: readonly string[],
): readonly ScriptDifference[] {
  const less = (these: readonly string[], those: readonly string[]): readonly string[] => {
    const counts = new Map<string, number>();
    for (const line of those) counts.set(line, (counts.get(line) ?? 0) + 1);
    return these.filter((line) => {
      const count = counts.get(line) ?? 0;
      counts.set(line, count - 1);
      return count <= 0;
    });
  };
  return [
    ...less(expected, came).map((line): ScriptDifference => ({ of, is: "missing", line })),
    ...less(came, expected).map((line): ScriptDifference => ({ of, is: "surplus", line })),
  ];
}

/** Spans as `compactSpan` writes them, single spaces. */
const normal = (line: string): string =>
  line
    .trim()
    .split(/\s+/)
    .map((word, index, words) => {
      const isTime = index === 0 || (index === 2 && words[1] === "to");
      const ms = isTime ? spanMs(word) : undefined;
      return ms === undefined ? word : compactSpan(ms);
    })
    .join(" ");
