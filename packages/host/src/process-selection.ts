import type { ProcessEntry } from "@muster/core";

/**
 * At most `limit` processes: half of them the busiest, half the biggest, filled up by CPU; then, as far as the limit
 * leaves room, their ancestors, so that a tree can be drawn. Sorted by CPU, then memory, then pid.
 */
export function mostImportant(entries: readonly ProcessEntry[], limit: number): ProcessEntry[] {
  if (entries.length <= limit) return [...entries].sort(byCpu);
  const busiest = [...entries].sort(byCpu);
  const biggest = [...entries].sort(byMemory);
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const chosen = new Set<ProcessEntry>();
  // A process costs itself and those of its ancestors that are not chosen yet.
  const choose = (entry: ProcessEntry): void => {
    const line = lineOf(entry, byPid).filter((member) => !chosen.has(member));
    if (chosen.size + line.length > limit) return;
    for (const member of line) chosen.add(member);
  };
  for (let index = 0; index < entries.length && chosen.size < limit; index += 1) {
    for (const entry of [busiest[index], biggest[index]]) if (entry !== undefined) choose(entry);
  }
  return [...chosen].sort(byCpu);
}

/** The process and its ancestors; a parent outside of the table, or a loop in a torn reading, ends the line. */
function lineOf(entry: ProcessEntry, byPid: ReadonlyMap<number, ProcessEntry>): ProcessEntry[] {
  const line = new Set<ProcessEntry>();
  for (let member: ProcessEntry | undefined = entry; member !== undefined && !line.has(member);) {
    line.add(member);
    member = byPid.get(member.ppid);
  }
  return [...line];
}

/** Where no share is known yet, all CPU time so far decides. */
const byCpu = (a: ProcessEntry, b: ProcessEntry): number =>
  (b.cpuRatio ?? 0) - (a.cpuRatio ?? 0) ||
  (a.cpuRatio === null && b.cpuRatio === null ? b.cpuSeconds - a.cpuSeconds : 0) ||
  (b.residentBytes ?? 0) - (a.residentBytes ?? 0) ||
  a.pid - b.pid;

const byMemory = (a: ProcessEntry, b: ProcessEntry): number =>
  (b.residentBytes ?? 0) - (a.residentBytes ?? 0) || a.pid - b.pid;
