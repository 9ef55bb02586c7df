import { parseVmStat } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { pageBytesOf } from "../page-size.ts";
import { vantageOf } from "../vantage.ts";

/** Traffic to and from swap and out-of-memory kills: whole-machine counters, so a container has none of them. */
export const pagingKind: CollectorKind = {
  name: "paging",
  everyMs: 30_000,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { proc, sharesCounters } = await vantageOf(host, config.hostRoot);
        if (sharesCounters) return;
        const stat = parseVmStat((await host.readFile(`${proc}/vmstat`)) ?? "");
        const pageBytes = await pageBytesOf(host, proc);
        if (stat.swappedInPages !== undefined) sink.counter("swap_in_bytes_total", stat.swappedInPages * pageBytes);
        if (stat.swappedOutPages !== undefined) sink.counter("swap_out_bytes_total", stat.swappedOutPages * pageBytes);
        if (stat.oomKills !== undefined) sink.counter("memory_oom_kills_total", stat.oomKills);
      },
    };
  },
};
