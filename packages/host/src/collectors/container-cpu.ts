import {
  type CgroupCpu,
  type SampleSink,
  countCpuList,
  parseCfsQuota,
  parseCgroupCpu,
  parseCount,
  parseCpuAccounting,
  parseCpuMax,
  parseProcStat,
} from "@muster/core";
import type { CgroupPaths } from "../cgroup-paths.ts";
import type { Host } from "../host.ts";

const USER = { mode: "user" } as const;
const SYSTEM = { mode: "system" } as const;

/** What a container may use, and what it has used. */
export interface ContainerCpuReading {
  readonly used: CgroupCpu;
  /** Set by a quota; absent without one. */
  readonly limitCores?: number;
  /** Processors that it may run on. */
  readonly cores?: number;
  /** Who names them: its own set, or the machine, where none is set. */
  readonly coresFrom: "group" | "machine";
}

/** Reads use and limits of the control group; the processors of the whole machine count where no set is named. */
export async function readContainerCpu(host: Host, proc: string, paths: CgroupPaths): Promise<ContainerCpuReading> {
  const read = async (directory: string | undefined, name: string): Promise<string | undefined> =>
    directory === undefined ? undefined : await host.readFile(`${directory}/${name}`);
  const v2 = paths.version === 2;
  const [stat, quota, period, effective, legacySet, usage, accounting] = await Promise.all([
    read(paths.cpu, "cpu.stat"),
    read(paths.cpu, v2 ? "cpu.max" : "cpu.cfs_quota_us"),
    v2 ? undefined : read(paths.cpu, "cpu.cfs_period_us"),
    read(paths.cpuset, v2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus"),
    v2 ? undefined : read(paths.cpuset, "cpuset.cpus"),
    v2 ? undefined : read(paths.cpuacct, "cpuacct.usage"),
    v2 ? undefined : read(paths.cpuacct, "cpuacct.stat"),
  ]);
  const limitCores = v2 ? parseCpuMax(quota) : parseCfsQuota(quota, period);
  const setCores = countCpuList(effective) ?? countCpuList(legacySet);
  const cores = setCores ?? (await machineCores(host, proc));
  const nanoseconds = parseCount(usage?.trim());
  return {
    used: {
      ...parseCgroupCpu(stat ?? ""),
      ...parseCpuAccounting(v2 ? "" : (accounting ?? "")),
      ...(nanoseconds === undefined ? {} : { usedSeconds: nanoseconds / 1e9 }),
    },
    ...(limitCores === undefined ? {} : { limitCores }),
    ...(cores === undefined ? {} : { cores }),
    coresFrom: setCores === undefined ? "machine" : "group",
  };
}

async function machineCores(host: Host, proc: string): Promise<number | undefined> {
  const count = parseProcStat((await host.readFile(`${proc}/stat`)) ?? "")?.cores.size;
  return count === 0 ? undefined : count;
}

/** CPU of a container by its control group: share of what it may use at most, between two rounds. */
export class ContainerCpu {
  readonly #host: Host;
  readonly #proc: string;
  readonly #paths: CgroupPaths;
  #before: { readonly used: CgroupCpu; readonly atMs: number } | undefined;

  constructor(host: Host, proc: string, paths: CgroupPaths) {
    this.#host = host;
    this.#proc = proc;
    this.#paths = paths;
  }

  async collect(sink: SampleSink, nowMs: number): Promise<void> {
    const { used, limitCores, cores } = await readContainerCpu(this.#host, this.#proc, this.#paths);
    if (limitCores !== undefined) {
      sink.gauge("cpu_limit_cores", limitCores);
      if (used.throttledSeconds !== undefined) sink.counter("cpu_throttled_seconds_total", used.throttledSeconds);
    }
    const capacity = Math.min(limitCores ?? Infinity, cores ?? Infinity);
    const before = this.#before;
    this.#before = { used, atMs: nowMs };
    const elapsedMs = before === undefined ? 0 : nowMs - before.atMs;
    if (before === undefined || elapsedMs <= 0 || !Number.isFinite(capacity)) return;
    const capacitySeconds = (elapsedMs / 1000) * capacity;
    const share = (from: number | undefined, to: number | undefined): number | undefined =>
      // A quota lets a burst through now and then; more than all is shown as all.
      from === undefined || to === undefined || to < from ? undefined : Math.min((to - from) / capacitySeconds, 1);
    const busy = share(before.used.usedSeconds, used.usedSeconds);
    const user = share(before.used.userSeconds, used.userSeconds);
    const system = share(before.used.systemSeconds, used.systemSeconds);
    if (busy !== undefined) sink.gauge("cpu_busy_ratio", busy);
    if (user !== undefined) sink.gauge("cpu_mode_ratio", user, USER);
    if (system !== undefined) sink.gauge("cpu_mode_ratio", system, SYSTEM);
  }
}
