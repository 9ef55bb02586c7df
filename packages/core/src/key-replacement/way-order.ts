/** Servers between the hub and this one, the nearest to it first; a way that leads in a circle ends where it closes. */
function wayTo(serverId: string, viaOf: (serverId: string) => string | undefined): readonly string[] {
  const way: string[] = [];
  for (let next = viaOf(serverId); next !== undefined && next !== serverId && !way.includes(next); next = viaOf(next))
    way.push(next);
  return way;
}

/**
 * Servers in an order in which each can be changed without cutting off one that is still to be changed: those with the
 * longest way first. `behind` are those before it in the order that are reached by way of it, which it must wait for.
 */
export function farthestFirst(
  serverIds: readonly string[],
  viaOf: (serverId: string) => string | undefined,
): readonly { readonly serverId: string; readonly behind: readonly string[] }[] {
  const ways = new Map(serverIds.map((serverId) => [serverId, wayTo(serverId, viaOf)]));
  const ordered = serverIds.toSorted((one, other) => ways.get(other)!.length - ways.get(one)!.length);
  return ordered.map((serverId, at) => ({
    serverId,
    behind: ordered.slice(0, at).filter((before) => ways.get(before)!.includes(serverId)),
  }));
}
