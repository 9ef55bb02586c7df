import { splitWords } from "../../fleet/filter.ts";

/** As many servers as the hub takes by name. */
export const SCOPE_SERVERS_MAX = 200;

export type FleetScope = { readonly fleet: "true" } | { readonly tag: string } | { readonly server: string };

/**
 * How the hub is asked about the servers that a filter leaves: about all by one word, about a tag by its name, about
 * others one by one, of which it takes only the first `SCOPE_SERVERS_MAX`.
 */
export function fleetScope(filter: string, ids: readonly string[]): FleetScope {
  const words = splitWords(filter);
  if (words.length === 0) return { fleet: "true" };
  const tag = /^tag:([^*,]+)$/.exec(words[0] ?? "")?.[1];
  if (words.length === 1 && tag !== undefined && ids.length > SCOPE_SERVERS_MAX) return { tag };
  return { server: ids.slice(0, SCOPE_SERVERS_MAX).join(",") };
}
