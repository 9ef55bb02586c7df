import { parseMemory } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";
import { type MemoryUse, readContainerMemory, wholeMemory } from "./container-memory.ts";

/** Memory and swap: the container's own where it has a limit, else the machine's. */
export const memoryKind: CollectorKind = {
  name: "memory",
  everyMs: 0,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { proc, memory: place } = await vantageOf(host, config.hostRoot);
        const [text, contained] = await Promise.all([
          host.readFile(`${proc}/meminfo`),
          place.from === "cgroup" ? readContainerMemory(host, place.version, place.directory) : undefined,
        ]);
        const machine = parseMemory(text ?? "");
        if (machine === undefined) throw new Error("/proc/meminfo cannot be read");
        const use: MemoryUse = contained?.within(machine) ?? wholeMemory(machine);
        sink.gauge("memory_total_bytes", use.totalBytes);
        sink.gauge("memory_used_bytes", use.usedBytes);
        sink.gauge("memory_available_bytes", use.totalBytes - use.usedBytes);
        sink.gauge("memory_cached_bytes", use.cachedBytes);
        sink.gauge("memory_used_ratio", use.usedBytes / use.totalBytes);
        if (use.swapTotalBytes !== undefined) sink.gauge("swap_total_bytes", use.swapTotalBytes);
        if (use.swapUsedBytes !== undefined) sink.gauge("swap_used_bytes", use.swapUsedBytes);
      },
    };
  },
};
