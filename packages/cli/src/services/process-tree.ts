import type { resources } from "@muster/protocol";

type Process = resources.ProcessView;

export interface PlacedProcess {
  readonly process: Process;
  /** How many of its ancestors are shown above it. */
  readonly depth: number;
}

/** Processes under their parents, each family in the order in which it came. One whose parent is not among them stands at the root. */
export function processTree(processes: readonly Process[]): readonly PlacedProcess[] {
  const known = new Set(processes.map(({ pid }) => pid));
  const children = Map.groupBy(processes, ({ pid, ppid }) => (ppid !== pid && known.has(ppid) ? ppid : undefined));
  const placed: PlacedProcess[] = [];
  const seen = new Set<number>();
  // A list that is told to be a circle must not hold us: nothing is placed twice.
  const open = [...(children.get(undefined) ?? [])].reverse().map((process) => ({ process, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.process.pid)) continue;
    seen.add(next.process.pid);
    placed.push(next);
    const depth = next.depth + 1;
    for (const process of [...(children.get(next.process.pid) ?? [])].reverse()) open.push({ process, depth });
  }
  return [...placed, ...processes.filter(({ pid }) => !seen.has(pid)).map((process) => ({ process, depth: 0 }))];
}
