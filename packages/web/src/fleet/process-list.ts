import type { PlacedProcess } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";

export type ProcessList = RouteAnswer<"GET /api/v1/servers/{id}/processes">;
export type Process = ProcessList["processes"][number];
export type ProcessRow = PlacedProcess<Process>;

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
