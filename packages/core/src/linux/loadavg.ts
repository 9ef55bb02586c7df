import { parseCount } from "./text.ts";

/** /proc/loadavg, as proc_loadavg(5) describes it. */
export interface LoadAverage {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
  /** Tasks (processes and threads) that exist. */
  readonly tasks?: number;
}

/** The text of /proc/loadavg: "0.20 0.18 0.12 1/80 11206"; undefined without three averages. */
export function parseLoadAverage(text: string): LoadAverage | undefined {
  const fields = text.trim().split(" ");
  const load1 = parseCount(fields[0]);
  const load5 = parseCount(fields[1]);
  const load15 = parseCount(fields[2]);
  if (load1 === undefined || load5 === undefined || load15 === undefined) return undefined;
  const tasks = parseCount(fields[3]?.split("/")[1]);
  return tasks === undefined ? { load1, load5, load15 } : { load1, load5, load15, tasks };
}
