import { ruleProblems } from "@muster/core";
import type { CheckRule, RuleDefinition } from "@muster/core";

/** The hub's own check of a rule, without a hub. Its schemas are loaded only here. */
export async function ruleCheck(): Promise<CheckRule> {
  const { ROUTES } = await import("@muster/protocol");
  const schema = ROUTES["POST /api/v1/rules"].body;
  return (given) => {
    const parsed = schema.safeParse(given);
    const problems = parsed.success
      ? ruleProblems(parsed.data as RuleDefinition)
      : Object.fromEntries(parsed.error.issues.map(({ path, message }) => [path.join("."), message]));
    return Object.keys(problems).length === 0 && parsed.success
      ? { ok: true, rule: parsed.data as RuleDefinition }
      : { ok: false, problems };
  };
}
