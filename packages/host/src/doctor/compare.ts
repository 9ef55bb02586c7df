import {
  type CpuTicks,
  labelsText,
  parseDfOutput,
  parseDiskStats,
  parseFreeOutput,
  parseInterfaces,
  parseLoadAverage,
  parseProcStat,
  parseUptime,
} from "@muster/core";
import { type Finding, judge, judgeBetween } from "./finding.ts";
import type { Readings } from "./readings.ts";

/** What the host itself says, taken just before and just after our own reading; absent where it could not be had. */
export interface HostOutputs {
  readonly free?: string | undefined;
  readonly df?: string | undefined;
  readonly before: RawTexts;
  readonly after: RawTexts;
}

/** Texts of /proc as they are. */
export interface RawTexts {
  readonly stat?: string | undefined;
  readonly loadavg?: string | undefined;
  readonly uptime?: string | undefined;
  readonly netDev?: string | undefined;
  readonly diskstats?: string | undefined;
}

/** Reasons why our numbers must differ from those of tools that do not know of containers; absent where there is none. */
export interface Expectations {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly disk?: string | undefined;
  readonly uptime?: string | undefined;
}

const MEBIBYTE = 1024 * 1024;

/** Holds what was collected against the host's own tools. One finding a number, in the order of the catalogue. */
export function compareReadings(readings: Readings, outputs: HostOutputs, expected: Expectations): Finding[] {
  return [
    ...compareCpu(readings, outputs, expected),
    ...compareMemory(readings, outputs, expected),
    ...compareFileSystems(readings, outputs),
    ...compareDisks(readings, outputs, expected),
    ...compareInterfaces(readings, outputs),
    ...compareUptime(readings, outputs, expected),
  ];
}

function compareCpu(readings: Readings, { before, after }: HostOutputs, expected: Expectations): Finding[] {
  const [first, second] = [parseProcStat(before.stat ?? ""), parseProcStat(after.stat ?? "")];
  const load = parseLoadAverage(after.loadavg ?? "");
  const busy = first && second ? busyBetween(first.total, second.total) : undefined;
  return [
    // The window of ours lies inside theirs: on a restless machine the shares are only alike.
    judge("cpu_busy_ratio", readings.get("cpu_busy_ratio"), busy, "/proc/stat", {
      closeBy: 0.15,
      expected: expected.cpu,
    }),
    judge("load1", readings.get("load1"), load?.load1, "/proc/loadavg", { closeBy: 0.3 }),
    judge("processes_count", readings.get("processes_count"), load?.tasks, "/proc/loadavg", { closeBy: 20 }),
  ];
}

/** Made another way than the collector does it: all ticks minus idle ones. */
function busyBetween(first: CpuTicks, second: CpuTicks): number | undefined {
  const sum = (ticks: CpuTicks): number =>
    Object.values(ticks).reduce((total: number, part: number) => total + part, 0);
  const all = sum(second) - sum(first);
  return all > 0 ? 1 - (second.idle + second.iowait - first.idle - first.iowait) / all : undefined;
}

function compareMemory(readings: Readings, { free }: HostOutputs, expected: Expectations): Finding[] {
  const theirs = parseFreeOutput(free ?? "");
  const rows = [
    ["memory_total_bytes", theirs.totalBytes],
    // Before procps 4, `free` counts used as total - free - cache.
    ["memory_used_bytes", theirs.usedBytes],
    ["memory_available_bytes", theirs.availableBytes],
    ["memory_cached_bytes", theirs.cachedBytes],
    ["swap_total_bytes", theirs.swapTotalBytes],
    ["swap_used_bytes", theirs.swapUsedBytes],
  ] as const;
  return rows.map(([metric, value]) =>
    judge(metric, readings.get(metric), value, "free -b", { closeBy: 64 * MEBIBYTE, expected: expected.memory }),
  );
}

function compareFileSystems(readings: Readings, { df }: HostOutputs): Finding[] {
  const rows = new Map(parseDfOutput(df ?? "").map((row) => [row.mountPoint, row]));
  return readings.labelled("filesystem_total_bytes").flatMap(({ labels }) => {
    const row = rows.get(labels["mount"] ?? "");
    const pairs = [
      ["filesystem_total_bytes", row?.totalBytes],
      ["filesystem_used_bytes", row?.usedBytes],
      ["filesystem_available_bytes", row?.availableBytes],
    ] as const;
    return pairs.map(([metric, value]) =>
      judge(`${metric}{${labelsText(labels)}}`, readings.get(metric, labels), value, "df -PB1", {
        closeBy: 64 * MEBIBYTE,
      }),
    );
  });
}

function compareDisks(readings: Readings, { before, after }: HostOutputs, expected: Expectations): Finding[] {
  if (expected.disk !== undefined) return [];
  const [first, second] = [before, after].map(
    ({ diskstats }) => new Map(parseDiskStats(diskstats ?? "").map((disk) => [disk.device, disk])),
  );
  return readings.labelled("disk_read_bytes_total").flatMap(({ labels, value }) => {
    const device = labels["device"] ?? "";
    const written = readings.get("disk_written_bytes_total", labels);
    const [from, to] = [first?.get(device), second?.get(device)];
    const name = `{${labelsText(labels)}}`;
    return [
      judgeBetween(`disk_read_bytes_total${name}`, value, from?.readBytes, to?.readBytes, "/proc/diskstats"),
      judgeBetween(`disk_written_bytes_total${name}`, written, from?.writtenBytes, to?.writtenBytes, "/proc/diskstats"),
    ];
  });
}

function compareInterfaces(readings: Readings, { before, after }: HostOutputs): Finding[] {
  const [first, second] = [before, after].map(
    ({ netDev }) => new Map(parseInterfaces(netDev ?? "").map((reading) => [reading.interface, reading])),
  );
  return readings.labelled("network_receive_bytes_total").flatMap(({ labels, value }) => {
    const name = labels["interface"] ?? "";
    const sent = readings.get("network_transmit_bytes_total", labels);
    const [from, to] = [first?.get(name), second?.get(name)];
    const shown = `{${labelsText(labels)}}`;
    return [
      judgeBetween(`network_receive_bytes_total${shown}`, value, from?.receiveBytes, to?.receiveBytes, "/proc/net/dev"),
      judgeBetween(
        `network_transmit_bytes_total${shown}`,
        sent,
        from?.transmitBytes,
        to?.transmitBytes,
        "/proc/net/dev",
      ),
    ];
  });
}

function compareUptime(readings: Readings, { after }: HostOutputs, expected: Expectations): Finding[] {
  const theirs = parseUptime(after.uptime ?? "");
  return [
    judge("uptime_seconds", readings.get("uptime_seconds"), theirs, "/proc/uptime", {
      closeBy: 5,
      expected: expected.uptime,
    }),
  ];
}
