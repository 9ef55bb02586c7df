import { COUNT_MAX, countAfter, parseCount } from "./text.ts";

/** One line of /proc/PID/cgroup (cgroups(7)): version 2 is the line with no controllers. */
export interface CgroupMembership {
  readonly controllers: readonly string[];
  readonly path: string;
}

/** The text of /proc/PID/cgroup ("4:memory:/docker/ab12" or "0::/init.scope"); a line out of format is skipped. */
export function parseCgroupMemberships(text: string): CgroupMembership[] {
  const memberships: CgroupMembership[] = [];
  for (const line of text.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    memberships.push({ controllers: match[1] === "" ? [] : match[1].split(","), path: match[2] });
  }
  return memberships;
}

/**
 * A memory limit file of either version: bytes, "max", or the page-aligned largest number by which version 1 says
 * "none". `undefined` is "none said".
 */
export function parseLimitBytes(text: string | undefined): number | undefined {
  const value = parseCount(text?.trim());
  // Version 1 writes 9223372036854771712, a page below 2^63, which a double rounds to 2^63.
  return value === undefined || value >= COUNT_MAX / 2 ? undefined : value;
}

/** The parts of memory.stat that matter, under the names of version 2. */
export interface CgroupMemoryStat {
  /** Page cache that can be dropped at once; `usage` minus this is what `docker stats` calls used. */
  readonly inactiveFileBytes: number;
  /** Page cache and reclaimable kernel memory. */
  readonly cachedBytes: number;
}

/** The text of memory.stat of version 2, or of version 1 where the hierarchical names begin with total_. */
export function parseCgroupMemoryStat(text: string): CgroupMemoryStat | undefined {
  const inactiveFileBytes = countAfter(text, "total_inactive_file ") ?? countAfter(text, "inactive_file ");
  const file = countAfter(text, "total_cache ") ?? countAfter(text, "file ");
  if (inactiveFileBytes === undefined || file === undefined) return undefined;
  return { inactiveFileBytes, cachedBytes: file + (countAfter(text, "slab_reclaimable ") ?? 0) };
}

/** cpu.max of version 2 ("50000 100000" or "max 100000") in cores; undefined without a limit. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? "").trim().split(" ").map(parseCount);
  return quotaCores(quota, period);
}

/** cpu.cfs_quota_us and cpu.cfs_period_us of version 1 in cores; a quota of -1 is no limit. */
export const parseCfsQuota = (quota: string | undefined, period: string | undefined): number | undefined =>
  quotaCores(parseCount(quota?.trim()), parseCount(period?.trim()));

const quotaCores = (quota: number | undefined, period: number | undefined): number | undefined =>
  quota === undefined || period === undefined || period <= 0 || quota <= 0 ? undefined : quota / period;

/** CPU time that a control group used; a part that its kernel does not count is absent. */
export interface CgroupCpu {
  readonly usedSeconds?: number;
  readonly userSeconds?: number;
  readonly systemSeconds?: number;
  readonly throttledSeconds?: number;
}

/** cpu.stat of version 2 (microseconds), or of version 1, which has only the throttling (nanoseconds). */
export function parseCgroupCpu(text: string): CgroupCpu {
  const used = countAfter(text, "usage_usec ");
  const user = countAfter(text, "user_usec ");
  const system = countAfter(text, "system_usec ");
  const throttledMicroseconds = countAfter(text, "throttled_usec ");
  const throttledNanoseconds = countAfter(text, "throttled_time ");
  return {
    ...(used === undefined ? {} : { usedSeconds: used / 1e6 }),
    ...(user === undefined ? {} : { userSeconds: user / 1e6 }),
    ...(system === undefined ? {} : { systemSeconds: system / 1e6 }),
    ...(throttledMicroseconds !== undefined
      ? { throttledSeconds: throttledMicroseconds / 1e6 }
      : throttledNanoseconds === undefined
        ? {}
        : { throttledSeconds: throttledNanoseconds / 1e9 }),
  };
}

/** cpuacct.stat of version 1 ("user 309\nsystem 642", 1/100 s). */
export function parseCpuAccounting(text: string): { readonly userSeconds?: number; readonly systemSeconds?: number } {
  const user = countAfter(text, "user ");
  const system = countAfter(text, "system ");
  return {
    ...(user === undefined ? {} : { userSeconds: user / 100 }),
    ...(system === undefined ? {} : { systemSeconds: system / 100 }),
  };
}

/** How many processors a list such as "0-3,8" names; undefined for an empty or broken list. */
export function countCpuList(text: string | undefined): number | undefined {
  let count = 0;
  for (const part of (text ?? "").trim().split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first || last > 65_536) return undefined;
    count += last - first + 1;
  }
  return count;
}

/** Reads and writes of one device by one control group. */
export interface CgroupDisk {
  /** "major:minor". */
  readonly number: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** io.stat of version 2: "254:0 rbytes=1 wbytes=2 rios=3 wios=4 …" a line; a line out of format is skipped. */
export function parseIoStat(text: string): CgroupDisk[] {
  const disks: CgroupDisk[] = [];
  for (const line of text.split("\n")) {
    const match = /^(\d+:\d+) /.exec(line);
    if (match?.[1] === undefined) continue;
    const [readBytes, writtenBytes, reads, writes] = ["rbytes", "wbytes", "rios", "wios"].map((key) =>
      parseCount(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1]),
    );
    if (readBytes === undefined || writtenBytes === undefined || reads === undefined || writes === undefined) continue;
    disks.push({ number: match[1], readBytes, writtenBytes, reads, writes });
  }
  return disks;
}

/** blkio.throttle.io_service_bytes_recursive and io_serviced_recursive of version 1: "254:0 Read 4096" a line. */
export function parseBlkio(bytesText: string, operationsText: string): CgroupDisk[] {
  const bytes = directions(bytesText);
  const operations = directions(operationsText);
  const disks: CgroupDisk[] = [];
  for (const [number, { read, write }] of bytes) {
    const count = operations.get(number);
    if (read === undefined || write === undefined || count?.read === undefined || count.write === undefined) continue;
    disks.push({ number, readBytes: read, writtenBytes: write, reads: count.read, writes: count.write });
  }
  return disks;
}

function directions(text: string): Map<string, { read?: number; write?: number }> {
  const found = new Map<string, { read?: number; write?: number }>();
  for (const line of text.split("\n")) {
    const match = /^(\d+:\d+) (Read|Write) (\d+)$/.exec(line.trim());
    const value = parseCount(match?.[3]);
    if (match?.[1] === undefined || value === undefined) continue;
    const entry = found.get(match[1]) ?? {};
    entry[match[2] === "Read" ? "read" : "write"] = value;
    found.set(match[1], entry);
  }
  return found;
}
