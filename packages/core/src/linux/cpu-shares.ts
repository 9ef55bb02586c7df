import type { CpuMode } from "../metrics/label-values.ts";
import type { CpuTicks } from "./proc-stat.ts";

/** How a core, or all of them, spent the time between two readings; each a share from 0 to 1. */
export interface CpuShares {
  /** Everything but idle and waiting for disk. */
  readonly busy: number;
  readonly modes: Readonly<Record<CpuMode, number>>;
}

/**
 * Shares of the time that passed between two readings; undefined when no time passed. The kernel lets iowait and idle
 * step back a little now and then (proc_stat(5)), and a core that comes online again starts anew: a negative
 * difference counts as zero.
 */
export function cpuShares(before: CpuTicks, after: CpuTicks): CpuShares | undefined {
  const user = grown(before.user, after.user);
  const nice = grown(before.nice, after.nice);
  const system = grown(before.system, after.system);
  const idle = grown(before.idle, after.idle);
  const iowait = grown(before.iowait, after.iowait);
  const irq = grown(before.irq, after.irq) + grown(before.softirq, after.softirq);
  const steal = grown(before.steal, after.steal);
  const all = user + nice + system + idle + iowait + irq + steal;
  if (all <= 0) return undefined;
  return {
    busy: (user + nice + system + irq + steal) / all,
    modes: {
      user: user / all,
      nice: nice / all,
      system: system / all,
      irq: irq / all,
      iowait: iowait / all,
      steal: steal / all,
    },
  };
}

const grown = (before: number, after: number): number => (after > before ? after - before : 0);
