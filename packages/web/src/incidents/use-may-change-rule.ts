import { fileOfRule } from "@muster/core";
import type { RuleView } from "@muster/protocol";
import { useRight } from "../api/use-right.ts";

/** Whether a rule can be changed here by whoever looks. */
export function useMayChangeRule(rule: Pick<RuleView, "origin">): boolean {
  const isHeld = useRight("rules.write");
  return isHeld && fileOfRule(rule) === undefined;
}
