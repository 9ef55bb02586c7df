import { parseCount } from "./text.ts";

/** File handles of the whole system. */
export interface OpenFiles {
  readonly open: number;
  /** Absent where the kernel sets no real limit. */
  readonly limit?: number;
}

/** The text of /proc/sys/fs/file-nr: "allocated, unused, maximum"; undefined when out of format. */
export function parseOpenFiles(text: string): OpenFiles | undefined {
  const [allocated, unused, maximum] = text.trim().split(/\s+/).map(parseCount);
  if (allocated === undefined) return undefined;
  const open = Math.max(allocated - (unused ?? 0), 0);
  // systemd raises it to the largest signed number: that is no limit worth drawing.
  return maximum === undefined || maximum > 2 ** 53 ? { open } : { open, limit: maximum };
}
