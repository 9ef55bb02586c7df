import { areCounts, countAfter } from "./text.ts";

/** Ticks of one core, or of all together, since boot, in units of 1/100 s. Guest time is inside user and nice already. */
export interface CpuTicks {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
}

/** /proc/stat, as proc_stat(5) describes it. */
export interface ProcStat {
  readonly total: CpuTicks;
  /** By number of the core; cores that are offline are not listed. */
  readonly cores: ReadonlyMap<number, CpuTicks>;
  readonly contextSwitches?: number;
  readonly interrupts?: number;
  readonly processesCreated?: number;
  readonly processesRunning?: number;
  readonly processesBlocked?: number;
  /** Instant of boot in epoch seconds. */
  readonly bootedAtSeconds?: number;
}

/** The text of /proc/stat; undefined without a line for all processors together. */
export function parseProcStat(text: string): ProcStat | undefined {
  let total: CpuTicks | undefined;
  const cores = new Map<number, CpuTicks>();
  let from = 0;
  // The processors come first; the long line of interrupts after them is never split.
  while (text.startsWith("cpu", from)) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    const space = text.indexOf(" ", from);
    if (space > 0 && space < end) {
      const ticks = parseTicks(text.slice(space + 1, end));
      if (ticks !== undefined) {
        if (space === from + 3) total = ticks;
        else {
          const core = Number(text.slice(from + 3, space));
          if (Number.isInteger(core) && core >= 0) cores.set(core, ticks);
        }
      }
    }
    from = end + 1;
  }
  if (total === undefined) return undefined;
  const rest = text.slice(Math.max(from - 1, 0));
  return {
    total,
    cores,
    ...present("interrupts", countAfter(rest, "intr ")),
    ...present("contextSwitches", countAfter(rest, "ctxt ")),
    ...present("bootedAtSeconds", countAfter(rest, "btime ")),
    ...present("processesCreated", countAfter(rest, "processes ")),
    ...present("processesRunning", countAfter(rest, "procs_running ")),
    ...present("processesBlocked", countAfter(rest, "procs_blocked ")),
  };
}

function present<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, number>>);
}

function parseTicks(text: string): CpuTicks | undefined {
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = text.trim().split(" ").map(Number);
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined;
  if (!areCounts([user, nice, system, idle, iowait, irq, softirq, steal])) return undefined;
  return { user, nice, system, idle, iowait, irq, softirq, steal };
}
