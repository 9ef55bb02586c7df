import { fieldsOf, parseCount } from "./text.ts";

/** What `free -b` prints. */
export interface FreeOutput {
  readonly totalBytes?: number;
  readonly usedBytes?: number;
  readonly cachedBytes?: number;
  readonly availableBytes?: number;
  readonly swapTotalBytes?: number;
  readonly swapUsedBytes?: number;
}

/** The output of `free -b` of procps since 3.3.10; columns are found by their names, a missing one is absent. */
export function parseFreeOutput(text: string): FreeOutput {
  const lines = text.split("\n");
  const names = fieldsOf(lines[0] ?? "");
  const row = (start: string): string[] =>
    fieldsOf(lines.find((line) => line.startsWith(start))?.slice(start.length) ?? "");
  const memory = row("Mem:");
  const swap = row("Swap:");
  const found: Record<string, number | undefined> = {
    totalBytes: parseCount(memory[names.indexOf("total")]),
    usedBytes: parseCount(memory[names.indexOf("used")]),
    cachedBytes: parseCount(memory[names.indexOf("buff/cache")]),
    availableBytes: parseCount(memory[names.indexOf("available")]),
    swapTotalBytes: parseCount(swap[names.indexOf("total")]),
    swapUsedBytes: parseCount(swap[names.indexOf("used")]),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as FreeOutput;
}
