import { ruleProblems } from "@muster/core";
import type { CheckRule, RuleDefinition } from "@muster/core";
import { ruleDefinition } from "./alert-resources.ts";

/** A rule as the API's door and the desk behind it check it, without a hub. */
export const checkRule: CheckRule = (given) => {
  const parsed = ruleDefinition.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue): (readonly [string, string])[] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [[...issue.path, key].join("."), "is no field of a rule"])
        : [[issue.path.join("."), issue.message]],
    );
    return { ok: false, problems: Object.fromEntries(problems) };
  }
  const rule = parsed.data as RuleDefinition;
  const problems = ruleProblems(rule);
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, rule };
};
