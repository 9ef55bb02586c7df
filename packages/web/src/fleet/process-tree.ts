import type { RouteAnswer } from "@muster/protocol";

export type ProcessList = RouteAnswer<"GET /api/v1/servers/{id}/processes">;
export type Process = ProcessList["processes"][number];
export interface ProcessRow {
  readonly process: Process;
  /** How deep it stands in the tree; 0 in a list. */
  readonly depth: number;
}

/** Words that all must occur in name, command, user or number. */
export function filterProcesses(processes: readonly Process[], text: string): readonly Process[] {
  const words = text
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return processes;
  return processes.filter((process) => {
    const all = `${process.pid} ${process.name} ${process.user} ${process.commandLine}`.toLocaleLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** Largest first; the unknown last; equals by number, so that they keep their places. */
export function sortProcesses(processes: readonly Process[], by: "cpu" | "memory"): readonly Process[] {
  const read = (process: Process): number => (by === "cpu" ? process.cpuRatio : process.residentBytes) ?? -1;
  return processes.toSorted((a, b) => read(b) - read(a) || a.pid - b.pid);
}

/** The list as a tree in the order given among brothers. Who has lost its parent, or is its own ancestor, stands at the root. */
export function treeRows(processes: readonly Process[]): readonly ProcessRow[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const children = new Map<number, Process[]>();
  const roots: Process[] = [];
  for (const process of processes) {
    if (process.ppid === process.pid || !byPid.has(process.ppid)) {
      roots.push(process);
      continue;
    }
    const brothers = children.get(process.ppid);
    if (brothers) brothers.push(process);
    else children.set(process.ppid, [process]);
  }
  const rows: ProcessRow[] = [];
  const seen = new Set<number>();
  // A stack instead of recursion: a hostile list may be a chain of thousands.
  const walk = (start: Process): void => {
    const stack: ProcessRow[] = [{ process: start, depth: 0 }];
    for (let row = stack.pop(); row; row = stack.pop()) {
      if (seen.has(row.process.pid)) continue;
      seen.add(row.process.pid);
      rows.push(row);
      const { depth } = row;
      for (const child of (children.get(row.process.pid) ?? []).toReversed())
        stack.push({ process: child, depth: depth + 1 });
    }
  };
  for (const root of roots) walk(root);
  for (const process of processes) if (!seen.has(process.pid)) walk(process);
  return rows;
}
