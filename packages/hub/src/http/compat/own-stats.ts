import type { Fleet } from "../../fleet/fleet.ts";
import { gibibytes, percent } from "./units.ts";

/** What one machine uses, as the service manager (S2) says it of its own. Throws NOT_FOUND. */
export function machineStats(fleet: Pick<Fleet, "get" | "view">, serverId: string): object {
  const { summary } = fleet.view(serverId);
  const ofRoot = (metric: string): number | undefined => fleet.get(serverId)?.newest(metric, { mount: "/" })?.value;
  return {
    cpu_percent: percent(summary.cpuBusyRatio),
    memory_percent: percent(summary.memoryUsedRatio),
    disk_percent: percent(ofRoot("filesystem_used_ratio")),
    memory_used_gb: gibibytes(summary.memoryUsedBytes),
    memory_total_gb: gibibytes(summary.memoryTotalBytes),
    disk_used_gb: gibibytes(ofRoot("filesystem_used_bytes")),
    disk_total_gb: gibibytes(ofRoot("filesystem_total_bytes")),
  };
}
