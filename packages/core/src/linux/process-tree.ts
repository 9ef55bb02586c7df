import type { ProcessEntry } from "./process-table.ts";

export interface PlacedProcess<P> {
  readonly process: P;
  /** How many of its ancestors are shown above it. */
  readonly depth: number;
}

/**
 * Processes under their parents, each family in the order in which it came. One whose parent is not among them stands at
 * the root, and so does the first of a ring.
 */
export function processTree<P extends Pick<ProcessEntry, "pid" | "ppid">>(
  processes: readonly P[],
): readonly PlacedProcess<P>[] {
  const known = new Set(processes.map(({ pid }) => pid));
  const children = Map.groupBy(processes, ({ pid, ppid }) => (ppid !== pid && known.has(ppid) ? ppid : undefined));
  const placed: PlacedProcess<P>[] = [];
  const seen = new Set<number>();
  for (const start of [...(children.get(undefined) ?? []), ...processes]) {
    // A stack instead of recursion: a hostile list may be a chain of thousands.
    const open: PlacedProcess<P>[] = [{ process: start, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { process, depth } = next;
      if (seen.has(process.pid)) continue;
      seen.add(process.pid);
      placed.push(next);
      for (const child of (children.get(process.pid) ?? []).toReversed())
        open.push({ process: child, depth: depth + 1 });
    }
  }
  return placed;
}
