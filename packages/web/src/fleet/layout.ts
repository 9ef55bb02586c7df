import type { Server } from "./fleet-view.ts";

/** One line of the overview as the virtual list draws it: a heading, a server, or a row of tiles. */
export type OverviewItem =
  | { readonly is: "group"; readonly key: string; readonly tag: string | null; readonly count: number }
  | { readonly is: "server"; readonly key: string; readonly server: Server }
  | { readonly is: "tiles"; readonly key: string; readonly prefix: string; readonly servers: readonly Server[] };

/** A server may stand under several tags; its key says under which. */
export const tileKey = (tiles: { readonly prefix: string }, id: string): string => tiles.prefix + id;

/** What the keyboard can walk to on one line, from left to right. */
export function rowKeys(item: OverviewItem): readonly { readonly key: string; readonly id: string }[] {
  if (item.is === "server") return [{ key: item.key, id: item.server.id }];
  if (item.is === "tiles") return item.servers.map(({ id }) => ({ key: tileKey(item, id), id }));
  return [];
}

/** Servers by tag in the order given; one with several tags stands under each. Those without any come last, under null. */
export function groupByTag(servers: readonly Server[]): readonly (readonly [string | null, readonly Server[]])[] {
  const groups = new Map<string | null, Server[]>();
  for (const server of servers) {
    for (const tag of server.tags.length > 0 ? server.tags : [null]) {
      const group = groups.get(tag);
      if (group) group.push(server);
      else groups.set(tag, [server]);
    }
  }
  return [...groups].toSorted(([a], [b]) => (a === null ? 1 : b === null ? -1 : a.localeCompare(b)));
}

/** The lines to draw; with `tilesPerRow` servers stand side by side. */
export function layOut(
  servers: readonly Server[],
  options: { readonly grouped: boolean; readonly tilesPerRow: number | undefined },
): readonly OverviewItem[] {
  const groups = options.grouped ? groupByTag(servers) : ([[undefined, servers]] as const);
  const items: OverviewItem[] = [];
  for (const [tag, members] of groups) {
    const prefix = tag === undefined ? "" : `${tag ?? ""}/`;
    if (tag !== undefined) items.push({ is: "group", key: `group:${prefix}`, tag, count: members.length });
    if (options.tilesPerRow === undefined) {
      for (const server of members) items.push({ is: "server", key: prefix + server.id, server });
      continue;
    }
    for (let start = 0; start < members.length; start += options.tilesPerRow) {
      const row = members.slice(start, start + options.tilesPerRow);
      items.push({ is: "tiles", key: `tiles:${prefix}${start}`, prefix, servers: row });
    }
  }
  return items;
}
