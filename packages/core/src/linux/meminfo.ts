import { countAfter, scaled } from "./text.ts";

/** /proc/meminfo in bytes, as proc_meminfo(5) describes it. */
export interface MemoryReading {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** The kernel's own estimate; before Linux 3.14 made from free, cached and reclaimable. */
  readonly availableBytes: number;
  /** Buffers, page cache and reclaimable slab: what `free` calls buff/cache. */
  readonly cachedBytes: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
}

/** The text of /proc/meminfo; undefined when total or free is not said. */
export function parseMemory(text: string): MemoryReading | undefined {
  const total = kilobytes(text, "MemTotal:");
  const free = kilobytes(text, "MemFree:");
  if (total === undefined || free === undefined || total <= 0) return undefined;
  const cached =
    (kilobytes(text, "Buffers:") ?? 0) + (kilobytes(text, "Cached:") ?? 0) + (kilobytes(text, "SReclaimable:") ?? 0);
  const available = kilobytes(text, "MemAvailable:") ?? free + cached - (kilobytes(text, "Shmem:") ?? 0);
  const swapTotal = kilobytes(text, "SwapTotal:");
  const swapFree = kilobytes(text, "SwapFree:");
  return {
    totalBytes: total,
    freeBytes: free,
    // Inside containers and with balloons the estimate can exceed the total.
    availableBytes: Math.min(Math.max(available, 0), total),
    cachedBytes: cached,
    ...(swapTotal === undefined ? {} : { swapTotalBytes: swapTotal }),
    ...(swapFree === undefined ? {} : { swapFreeBytes: swapFree }),
  };
}

const kilobytes = (text: string, key: string): number | undefined => scaled(countAfter(text, key), 1024);
