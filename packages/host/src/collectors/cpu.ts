import {
  CPU_MODES,
  type CpuTicks,
  type Labels,
  type ProcStat,
  type SampleSink,
  cpuShares,
  parseProcStat,
} from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";
import { ContainerCpu } from "./container-cpu.ts";

const MODE_LABELS = CPU_MODES.map((mode) => ({ mode, labels: { mode } }));

/** Busy shares of all processors and of each, by mode, made between two rounds; and the counters of /proc/stat. */
export const cpuKind: CollectorKind = {
  name: "cpu",
  everyMs: 0,
  create(config, { host, clock }): Collector {
    const whole = new WholeCpu();
    let contained: ContainerCpu | undefined;
    return {
      async collect(sink) {
        const vantage = await vantageOf(host, config.hostRoot);
        if (vantage.cpu.from === "cgroup") {
          contained ??= new ContainerCpu(host, vantage.proc, vantage.cpu.paths);
          await contained.collect(sink, clock.monotonic());
          return;
        }
        const stat = parseProcStat((await host.readFile(`${vantage.proc}/stat`)) ?? "");
        if (stat === undefined) throw new Error("/proc/stat cannot be read");
        whole.put(stat, sink);
        if (!vantage.sharesCounters) putCounters(stat, sink);
      },
    };
  },
};

/** Remembers the ticks of the round before. */
class WholeCpu {
  #total: CpuTicks | undefined;
  #cores: ReadonlyMap<number, CpuTicks> = new Map();
  readonly #coreLabels: Labels[] = [];

  put(stat: ProcStat, sink: SampleSink): void {
    const shares = this.#total === undefined ? undefined : cpuShares(this.#total, stat.total);
    if (shares !== undefined) {
      sink.gauge("cpu_busy_ratio", shares.busy);
      for (const { mode, labels } of MODE_LABELS) sink.gauge("cpu_mode_ratio", shares.modes[mode], labels);
    }
    for (const [core, ticks] of stat.cores) {
      const before = this.#cores.get(core);
      const busy = before === undefined ? undefined : cpuShares(before, ticks)?.busy;
      if (busy !== undefined) sink.gauge("cpu_core_busy_ratio", busy, this.#labelsOf(core));
    }
    this.#total = stat.total;
    this.#cores = stat.cores;
  }

  // The same object each round: a sink may recognise a series by it.
  #labelsOf(core: number): Labels {
    return (this.#coreLabels[core] ??= { core: String(core) });
  }
}

function putCounters(stat: ProcStat, sink: SampleSink): void {
  if (stat.contextSwitches !== undefined) sink.counter("cpu_context_switches_total", stat.contextSwitches);
  if (stat.interrupts !== undefined) sink.counter("cpu_interrupts_total", stat.interrupts);
  if (stat.processesCreated !== undefined) sink.counter("processes_created_total", stat.processesCreated);
  if (stat.processesRunning !== undefined) sink.gauge("processes_running", stat.processesRunning);
  if (stat.processesBlocked !== undefined) sink.gauge("processes_blocked", stat.processesBlocked);
}
