import type { RuleView } from "@muster/protocol";
import { useRight } from "../api/use-right.ts";

const FILE_ORIGIN = "file:";

/** The file in which a rule stands; undefined for one that is kept by the hub. */
export const fileOfRule = ({ origin }: Pick<RuleView, "origin">): string | undefined =>
  origin?.startsWith(FILE_ORIGIN) ? origin.slice(FILE_ORIGIN.length) : undefined;

/** Whether a rule can be changed here by whoever looks. */
export function useMayChangeRule(rule: Pick<RuleView, "origin">): boolean {
  const isHeld = useRight("rules.write");
  return isHeld && fileOfRule(rule) === undefined;
}
