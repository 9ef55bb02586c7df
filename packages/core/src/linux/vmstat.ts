import { countAfter } from "./text.ts";

/** The few counters of /proc/vmstat that /proc/meminfo has not. */
export interface VmStat {
  readonly swappedInPages?: number;
  readonly swappedOutPages?: number;
  /** Since Linux 4.13. */
  readonly oomKills?: number;
}

/** The text of /proc/vmstat; a counter that this kernel has not is absent. */
export function parseVmStat(text: string): VmStat {
  const swappedInPages = countAfter(text, "pswpin ");
  const swappedOutPages = countAfter(text, "pswpout ");
  const oomKills = countAfter(text, "oom_kill ");
  return {
    ...(swappedInPages === undefined ? {} : { swappedInPages }),
    ...(swappedOutPages === undefined ? {} : { swappedOutPages }),
    ...(oomKills === undefined ? {} : { oomKills }),
  };
}
