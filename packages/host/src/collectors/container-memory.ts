import { type MemoryReading, parseCgroupMemoryStat, parseCount, parseLimitBytes } from "@muster/core";
import type { Host } from "../host.ts";

/** Memory as it is shown; available is total minus used. */
export interface MemoryUse {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly cachedBytes: number;
  readonly swapTotalBytes?: number;
  readonly swapUsedBytes?: number;
}

/** The machine as a whole, as procps 4 counts it: used is total minus available. */
export function wholeMemory(machine: MemoryReading): MemoryUse {
  const { totalBytes, availableBytes, cachedBytes, swapTotalBytes, swapFreeBytes } = machine;
  return {
    totalBytes,
    usedBytes: totalBytes - availableBytes,
    cachedBytes,
    ...(swapTotalBytes === undefined ? {} : { swapTotalBytes }),
    ...(swapTotalBytes === undefined || swapFreeBytes === undefined
      ? {}
      : { swapUsedBytes: Math.max(swapTotalBytes - swapFreeBytes, 0) }),
  };
}

/** What the container's control group says about memory. */
export interface ContainerMemory {
  /** The container's use on that machine; undefined where the group sets no limit below the machine's memory. */
  within(machine: MemoryReading): MemoryUse | undefined;
}

/** Reads limits and use; undefined where the group does not say what is used. */
export async function readContainerMemory(
  host: Host,
  version: 1 | 2,
  directory: string,
): Promise<ContainerMemory | undefined> {
  const names =
    version === 2
      ? ["memory.max", "memory.current", "memory.stat", "memory.swap.max", "memory.swap.current"]
      : [
          "memory.limit_in_bytes",
          "memory.usage_in_bytes",
          "memory.stat",
          "memory.memsw.limit_in_bytes",
          "memory.memsw.usage_in_bytes",
        ];
  const [limitText, usedText, statText, swapLimitText, swapUsedText] = await Promise.all(
    names.map((name) => host.readFile(`${directory}/${name}`)),
  );
  const limitBytes = parseLimitBytes(limitText);
  const chargedBytes = parseCount(usedText?.trim());
  const stat = parseCgroupMemoryStat(statText ?? "");
  if (chargedBytes === undefined || stat === undefined) return undefined;
  return {
    within(machine) {
      if (limitBytes === undefined || limitBytes >= machine.totalBytes) return undefined;
      const usedBytes = Math.min(Math.max(chargedBytes - stat.inactiveFileBytes, 0), limitBytes);
      const swap = { limit: parseLimitBytes(swapLimitText), used: parseCount(swapUsedText?.trim()) };
      const machineSwap = machine.swapTotalBytes;
      // Version 1 counts memory and swap together; both absent means that swap is not accounted: unknown.
      const swapUsedBytes =
        swap.used === undefined ? undefined : version === 2 ? swap.used : Math.max(swap.used - chargedBytes, 0);
      const swapLimit =
        swap.limit === undefined ? undefined : version === 2 ? swap.limit : Math.max(swap.limit - limitBytes, 0);
      const swapTotalBytes =
        swap.used === undefined || machineSwap === undefined ? undefined : Math.min(swapLimit ?? Infinity, machineSwap);
      return {
        totalBytes: limitBytes,
        usedBytes,
        cachedBytes: stat.cachedBytes,
        ...(swapTotalBytes === undefined ? {} : { swapTotalBytes }),
        ...(swapUsedBytes === undefined ? {} : { swapUsedBytes }),
      };
    },
  };
}
