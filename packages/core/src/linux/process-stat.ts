import type { ProcessState } from "./process-table.ts";
import { areCounts, boundedText } from "./text.ts";

/** /proc/PID/stat, as proc_pid_stat(5) describes it. */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly state: ProcessState;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** PF_* of the kernel's sched.h. */
  readonly flags: number;
  /** User and system time in units of 1/100 s. */
  readonly cpuTicks: number;
  /** The same of its children that ended and were collected. */
  readonly childrenCpuTicks: number;
  readonly threads: number;
  /** Ticks of 1/100 s from boot to the start of the process. */
  readonly startTicks: number;
  readonly residentPages: number;
}

const STATES: Readonly<Record<string, ProcessState>> = {
  R: "running",
  S: "sleeping",
  D: "blocked",
  T: "stopped",
  t: "traced",
  Z: "zombie",
  X: "dead",
  x: "dead",
  I: "idle",
};

/** The text of /proc/PID/stat; the name may hold spaces and brackets, so it ends at the last one. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf(" (");
  const close = text.lastIndexOf(") ");
  if (open <= 0 || close < open) return undefined;
  const pid = Number(text.slice(0, open));
  const fields = text.slice(close + 2).split(" ");
  // Numbered from 3 in the manual: state 3, ppid 4, pgrp 5, session 6, flags 9, utime 14 to cstime 17,
  // num_threads 20, starttime 22, rss 24. A process that is just going has -1 for group and session.
  const parentPid = Number(fields[1]);
  const groupId = Math.max(Number(fields[2]), 0);
  const sessionId = Math.max(Number(fields[3]), 0);
  const flags = Number(fields[6]);
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  const childrenCpuTicks = Number(fields[13]) + Number(fields[14]);
  const threads = Number(fields[17]);
  const startTicks = Number(fields[19]);
  // Per-processor counters are summed without a lock and may come out below zero for a moment.
  const residentPages = Math.max(Number(fields[21]), 0);
  const ids = [parentPid, groupId, sessionId, flags];
  const counts = [cpuTicks, childrenCpuTicks, threads, startTicks, residentPages];
  if (!Number.isInteger(pid) || pid < 1 || !areCounts([...ids, ...counts])) return undefined;
  return {
    pid,
    name: boundedText(text.slice(open + 2, close), 64),
    state: STATES[fields[0] ?? ""] ?? "unknown",
    parentPid,
    groupId,
    sessionId,
    flags,
    cpuTicks,
    childrenCpuTicks,
    threads,
    startTicks,
    residentPages,
  };
}
