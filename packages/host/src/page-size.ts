import { countAfter } from "@muster/core";
import type { Host } from "./host.ts";

const USUAL_PAGE_BYTES = 4096;
const known = new WeakMap<Host, Promise<number>>();

/** Bytes of a memory page: 4096 nearly everywhere, 16 or 64 KiB on some ARM and POWER kernels. Asked once per host. */
export function pageBytesOf(host: Host, proc: string): Promise<number> {
  let bytes = known.get(host);
  if (bytes === undefined) known.set(host, (bytes = readPageBytes(host, proc)));
  return bytes;
}

async function readPageBytes(host: Host, proc: string): Promise<number> {
  // Whoever reads may always read its own map of memory; its first entry is of ordinary pages.
  const kilobytes = countAfter((await host.readFile(`${proc}/self/smaps`, "once")) ?? "", "KernelPageSize:");
  return kilobytes === undefined || kilobytes <= 0 ? USUAL_PAGE_BYTES : kilobytes * 1024;
}
