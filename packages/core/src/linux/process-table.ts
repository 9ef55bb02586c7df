import type { Instant } from "../time.ts";

/** State letter of /proc/PID/stat in words. */
export type ProcessState =
  | "running"
  | "sleeping"
  | "blocked"
  | "stopped"
  | "traced"
  | "zombie"
  | "dead"
  | "idle"
  | "unknown";

/** One process as seen at one reading; null where the machine does not say. */
export interface ProcessEntry {
  readonly pid: number;
  /** Parent; 0 for the first process and for kernel threads' root. */
  readonly ppid: number;
  /** Name of the program, at most 15 bytes as the kernel keeps it. */
  readonly name: string;
  /** Arguments joined by spaces, control characters replaced, bounded; empty for a kernel thread. */
  readonly commandLine: string;
  /** Name from the machine's own /etc/passwd, the number where it has none, empty where neither is said. */
  readonly user: string;
  readonly uid: number | null;
  readonly state: ProcessState;
  /** CPU time since the previous reading as a share of one core: 2 means two whole cores. Null at first sight. */
  readonly cpuRatio: number | null;
  /** CPU time used since the process started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number | null;
  readonly threads: number | null;
  readonly startedAt: Instant;
  /** The same in the kernel's clock ticks since boot, exact: together with `pid` it names one process and no later one. */
  readonly startTicks: number;
}

/** The processes of one machine at one instant. */
export interface ProcessTable {
  readonly at: Instant;
  /** Time between this reading and the one before, over which `cpuRatio` was made; null for the first. */
  readonly intervalMs: number | null;
  /** How many processes there are; `processes` may hold fewer. */
  readonly total: number;
  /** The busiest by CPU and memory with all their ancestors, sorted by CPU, then memory, then pid. */
  readonly processes: readonly ProcessEntry[];
}
