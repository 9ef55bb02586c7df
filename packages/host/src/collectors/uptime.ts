import { parseProcessStat, parseUptime } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import type { Host } from "../host.ts";
import { type Vantage, vantageOf } from "../vantage.ts";

/** Seconds since the machine, or its container, started; undefined where that is not said. */
export async function readUptime(host: Host, { proc, uptime }: Vantage): Promise<number | undefined> {
  const [text, init] = await Promise.all([
    host.readFile(`${proc}/uptime`),
    uptime.from === "first-process" ? host.readFile(`${proc}/1/stat`) : undefined,
  ]);
  const sinceBoot = parseUptime(text ?? "");
  if (uptime.from === "proc" || sinceBoot === undefined) return sinceBoot;
  const started = parseProcessStat(init ?? "");
  return started === undefined ? undefined : Math.max(sinceBoot - started.startTicks / 100, 0);
}

/** Uptime of the machine or its container. */
export const uptimeKind: CollectorKind = {
  name: "uptime",
  everyMs: 30_000,
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const seconds = await readUptime(host, await vantageOf(host, config.hostRoot));
        if (seconds === undefined) throw new Error("/proc/uptime cannot be read");
        sink.gauge("uptime_seconds", seconds);
      },
    };
  },
};
