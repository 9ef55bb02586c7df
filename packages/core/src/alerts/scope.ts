import type { RuleDefinition } from "./rule.ts";

/** Whether a rule is for something with this server and these tags (AL2). */
export function isFor(
  { scope, overrides }: Pick<RuleDefinition, "scope" | "overrides">,
  serverId: string | null,
  tags: readonly string[],
): boolean {
  if (serverId !== null && overrides.some((one) => one.serverId === serverId && one.levels === null)) return false;
  if (scope.is === "all") return true;
  return (serverId !== null && scope.serverIds.includes(serverId)) || tags.some((tag) => scope.tags.includes(tag));
}
