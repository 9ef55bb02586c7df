import { parseLoadAverage } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";

/** Load averages and the number of tasks. */
export const loadKind: CollectorKind = {
  name: "load",
  everyMs: 0,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { proc } = await vantageOf(host, config.hostRoot);
        const load = parseLoadAverage((await host.readFile(`${proc}/loadavg`)) ?? "");
        if (load === undefined) throw new Error("/proc/loadavg cannot be read");
        sink.gauge("load1", load.load1);
        sink.gauge("load5", load.load5);
        sink.gauge("load15", load.load15);
        if (load.tasks !== undefined) sink.gauge("processes_count", load.tasks);
      },
    };
  },
};
