import { readdirSync, readFileSync } from "node:fs";

/** What a process has used so far, all its threads together. */
export interface ProcessCost {
  /** Milliseconds on a processor: the first number of each thread's `schedstat`, in nanoseconds. */
  readonly cpuMs: number;
  /** Context switches, voluntary and not: how often something woke it or took its place. */
  readonly switches: number;
  /** Where the kernel offers it, from `smaps_rollup`. */
  readonly pssBytes: number;
  readonly anonymousBytes: number;
  readonly residentBytes: number;
  readonly atMs: number;
}

/** Reads the cost of one process. Threads that ended between two readings are missing from the difference; ours do not end. */
export function processCost(pid: number): ProcessCost {
  let cpuNs = 0;
  let switches = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    cpuNs += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    for (const [, count] of readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8").matchAll(
      /ctxt_switches:\s*(\d+)/g,
    )) {
      switches += Number(count);
    }
  }
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(memory)?.[1] ?? Number.NaN);
  return {
    cpuMs: cpuNs / 1e6,
    switches,
    pssBytes: kilobytes("Pss") * 1024,
    anonymousBytes: kilobytes("Anonymous") * 1024,
    residentBytes: kilobytes("Rss") * 1024,
    atMs: performance.now(),
  };
}

/** What a process has had written to disks so far, as the kernel counts it. */
export const writtenBytes = (pid: number): number =>
  Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);

/** What a process used between two readings, a minute. Memory is that of the later one. */
export function costPerMinute(from: ProcessCost, to: ProcessCost) {
  const minutes = (to.atMs - from.atMs) / 60_000;
  return {
    cpuMsPerMinute: (to.cpuMs - from.cpuMs) / minutes,
    /** Of one core, 0–1. */
    cpuRatio: (to.cpuMs - from.cpuMs) / (to.atMs - from.atMs),
    switchesPerMinute: (to.switches - from.switches) / minutes,
    pssBytes: to.pssBytes,
    anonymousBytes: to.anonymousBytes,
    residentBytes: to.residentBytes,
  };
}
