import { CPU_MODES, type PressureResource, type PressureStall } from "../metrics/label-values.ts";
import { type CpuShares, cpuShares } from "../linux/cpu-shares.ts";
import { selectDisks } from "../linux/disk-names.ts";
import { hasInnerName, isUninteresting } from "../linux/interface-names.ts";
import { MachineTraffic } from "../linux/machine-traffic.ts";
import { selectMounts } from "../linux/mount-selection.ts";
import type { CpuTicks } from "../linux/proc-stat.ts";
import {
  type FoundSensor,
  chipKey,
  isPlausibleCelsius,
  sensorLabels,
  sensorName,
  withoutCores,
} from "../linux/temperature.ts";
import { AllowedSeries } from "./allowed-series.ts";
import { NODE_FACT_NAMES, nodeFacts } from "./node-facts.ts";
import { NODE_UNIT_NAMES, nodeUnits } from "./node-units.ts";
import { type Exposition, parsePrometheusText } from "./prometheus-text.ts";
import { PullTextError } from "./pull-text.ts";
import { type LookTimes, type PullReading, SampleList } from "./reading.ts";

const INTERFACES_MAX = 64;
const SENSORS_MAX = 64;
/** A boot time that wavers by less is the same boot. */
const SAME_BOOT_SECONDS = 30;
const OFFSET_NOTICED_SECONDS = 60;
/** Collectors without which a machine is hardly seen; others may have nothing to tell and say that they failed. */
const NEEDED_COLLECTORS = ["cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "stat", "time"];

/** Series without labels that are one of ours as they stand. */
const PLAIN: Readonly<Record<string, string>> = {
  node_load1: "load1",
  node_load5: "load5",
  node_load15: "load15",
  node_context_switches_total: "cpu_context_switches_total",
  node_intr_total: "cpu_interrupts_total",
  node_forks_total: "processes_created_total",
  node_procs_running: "processes_running",
  node_procs_blocked: "processes_blocked",
  node_processes_threads: "processes_count",
  node_vmstat_oom_kill: "memory_oom_kills_total",
  node_filefd_allocated: "open_files",
  node_netstat_Tcp_CurrEstab: "sockets_tcp_established",
  node_netstat_Tcp_RetransSegs: "tcp_retransmitted_segments_total",
  node_sockstat_TCP_tw: "sockets_tcp_time_wait",
};
const DISK: Readonly<Record<string, string>> = {
  node_disk_read_bytes_total: "disk_read_bytes_total",
  node_disk_written_bytes_total: "disk_written_bytes_total",
  node_disk_reads_completed_total: "disk_reads_total",
  node_disk_writes_completed_total: "disk_writes_total",
  node_disk_read_time_seconds_total: "disk_read_seconds_total",
  node_disk_write_time_seconds_total: "disk_write_seconds_total",
  node_disk_io_time_seconds_total: "disk_busy_seconds_total",
};
const NETWORK: Readonly<Record<string, string>> = {
  node_network_receive_bytes_total: "network_receive_bytes_total",
  node_network_transmit_bytes_total: "network_transmit_bytes_total",
  node_network_receive_packets_total: "network_receive_packets_total",
  node_network_transmit_packets_total: "network_transmit_packets_total",
  node_network_receive_errs_total: "network_receive_errors_total",
  node_network_transmit_errs_total: "network_transmit_errors_total",
  node_network_receive_drop_total: "network_receive_drops_total",
  node_network_transmit_drop_total: "network_transmit_drops_total",
};
const PRESSURE: readonly (readonly [string, PressureResource, PressureStall])[] = [
  ["node_pressure_cpu_waiting_seconds_total", "cpu", "some"],
  ["node_pressure_memory_waiting_seconds_total", "memory", "some"],
  ["node_pressure_memory_stalled_seconds_total", "memory", "full"],
  ["node_pressure_io_waiting_seconds_total", "io", "some"],
  ["node_pressure_io_stalled_seconds_total", "io", "full"],
];

const WANTED: ReadonlySet<string> = new Set([
  ...Object.keys({ ...PLAIN, ...DISK, ...NETWORK }),
  ...PRESSURE.map(([name]) => name),
  ...["node_cpu_seconds_total", "node_boot_time_seconds", "node_time_seconds", "node_filefd_maximum"],
  ...["MemTotal", "MemAvailable", "MemFree", "Buffers", "Cached", "SReclaimable", "SwapTotal", "SwapFree"].map(
    (name) => `node_memory_${name}_bytes`,
  ),
  ...["size_bytes", "avail_bytes", "free_bytes", "files", "files_free", "readonly", "device_error"].map(
    (name) => `node_filesystem_${name}`,
  ),
  ...["node_vmstat_pswpin", "node_vmstat_pswpout", "node_sockstat_UDP_inuse", "node_sockstat_UDP6_inuse"],
  ...["node_hwmon_temp_celsius", "node_hwmon_sensor_label", "node_hwmon_chip_names", "node_thermal_zone_temp"],
  ...["node_scrape_collector_success", ...NODE_FACT_NAMES, ...NODE_UNIT_NAMES],
]);

/** What is remembered of the answer before, for shares over the time between. */
interface Before {
  readonly bootSeconds: number | undefined;
  readonly cores: ReadonlyMap<string, CpuTicks>;
  readonly stalledSeconds: ReadonlyMap<string, number>;
  readonly gotMs: number;
}

/** Reads answers of one node_exporter, one after the other. */
export class NodeExporterReader {
  readonly #allowed: AllowedSeries;
  #traffic = new MachineTraffic();
  #before: Before | undefined;

  /** @param allow names of series to take over besides the known ones; one that ends in `*` is a beginning. */
  constructor(allow: readonly string[]) {
    this.#allowed = new AllowedSeries(allow);
  }

  /** Throws PullTextError; what was remembered stays as it was then. */
  read(text: string, times: LookTimes): PullReading {
    const allowed = this.#allowed;
    const isWanted = allowed.isEmpty
      ? (name: string) => WANTED.has(name)
      : (name: string) => WANTED.has(name) || allowed.has(name);
    const found = parsePrometheusText(text, isWanted, allowed.isEmpty ? undefined : (name) => allowed.has(name));
    if (!found.names().some((name) => WANTED.has(name)))
      throw new PullTextError("the answer has nothing that node_exporter tells; check the port");
    const list = new SampleList();
    const [bootSeconds, timeSeconds] = [found.value("node_boot_time_seconds"), found.value("node_time_seconds")];
    const before = this.#sameBoot(bootSeconds);
    for (const [theirs, ours] of Object.entries(PLAIN)) list.put(ours, found.value(theirs));
    if (bootSeconds !== undefined && timeSeconds !== undefined)
      list.put("uptime_seconds", Math.max(timeSeconds - bootSeconds, 0));
    const cores = coresOf(found);
    putCpu(before?.cores, cores, list);
    putMemory(found, list);
    putFileSystems(found, list);
    putDisks(found, list);
    this.#putNetwork(found, list);
    putTemperatures(found, list);
    putFilesAndSockets(found, list);
    const stalledSeconds = stalledSecondsOf(found);
    putPressure(before, stalledSeconds, times, list);
    this.#before = { bootSeconds, cores, stalledSeconds, gotMs: times.gotMs };
    const custom = this.#allowed.samplesOf(found, (name) => WANTED.has(name));
    return {
      samples: [...list.samples, ...custom.samples],
      facts: nodeFacts(found, times.now),
      services: nodeUnits(found),
      ...(timeSeconds === undefined ? {} : { sourceAt: Math.round(timeSeconds * 1_000) }),
      answeredBy: "node_exporter",
      warnings: [...custom.warnings, ...failedCollectors(found), ...offsetWarnings(timeSeconds, times)],
    };
  }

  /** What was remembered, unless the machine has started anew since. */
  #sameBoot(bootSeconds: number | undefined): Before | undefined {
    const earlier = this.#before?.bootSeconds;
    const isAnother =
      bootSeconds !== undefined && earlier !== undefined && Math.abs(bootSeconds - earlier) > SAME_BOOT_SECONDS;
    return isAnother ? undefined : this.#before;
  }

  #putNetwork(found: Exposition, list: SampleList): void {
    const carried = new Map<string, { receiveBytes: number; transmitBytes: number }>();
    const shown = new Set<string>();
    for (const [theirs, ours] of Object.entries(NETWORK))
      for (const { labels, value } of found.series(theirs)) {
        const name = labels["device"] ?? "";
        if (name === "" || isUninteresting(name)) continue;
        if (!shown.has(name) && shown.size >= INTERFACES_MAX) continue;
        shown.add(name);
        list.put(ours, value, { interface: name });
        if (!hasInnerName(name) && Number.isFinite(value)) {
          const both = carried.get(name) ?? { receiveBytes: 0, transmitBytes: 0 };
          carried.set(name, both);
          if (ours === "network_receive_bytes_total") both.receiveBytes = value;
          else if (ours === "network_transmit_bytes_total") both.transmitBytes = value;
        }
      }
    if (carried.size === 0) return;
    this.#traffic.add([...carried].map(([name, both]) => ({ interface: name, ...both })));
    list.put("network_machine_receive_bytes_total", this.#traffic.receiveBytes);
    list.put("network_machine_transmit_bytes_total", this.#traffic.transmitBytes);
  }
}

function coresOf(found: Exposition): ReadonlyMap<string, CpuTicks> {
  const cores = new Map<string, Record<keyof CpuTicks, number>>();
  for (const { labels, value } of found.series("node_cpu_seconds_total")) {
    const { cpu = "", mode = "" } = labels;
    if (cpu === "" || !isTickMode(mode) || !(value >= 0 && value < Number.POSITIVE_INFINITY)) continue;
    let ticks = cores.get(cpu);
    if (ticks === undefined)
      cores.set(cpu, (ticks = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 }));
    ticks[mode] = value;
  }
  return cores;
}

const TICK_MODES: readonly string[] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
const isTickMode = (mode: string): mode is keyof CpuTicks => TICK_MODES.includes(mode);

function putCpu(
  before: ReadonlyMap<string, CpuTicks> | undefined,
  now: ReadonlyMap<string, CpuTicks>,
  list: SampleList,
) {
  const shares: CpuShares[] = [];
  for (const [core, ticks] of now) {
    const earlier = before?.get(core);
    // A core that counts from zero again makes no share for this step.
    const share = earlier === undefined || total(ticks) < total(earlier) ? undefined : cpuShares(earlier, ticks);
    if (share === undefined) continue;
    shares.push(share);
    list.put("cpu_core_busy_ratio", share.busy, { core });
  }
  if (shares.length === 0 || shares.length < now.size) return;
  const mean = (of: (share: CpuShares) => number): number =>
    shares.reduce((sum, one) => sum + of(one), 0) / shares.length;
  list.put(
    "cpu_busy_ratio",
    mean(({ busy }) => busy),
  );
  for (const mode of CPU_MODES)
    list.put(
      "cpu_mode_ratio",
      mean(({ modes }) => modes[mode]),
      { mode },
    );
}

const total = (ticks: CpuTicks): number => Object.values(ticks).reduce((sum: number, part: number) => sum + part, 0);

function putMemory(found: Exposition, list: SampleList): void {
  const bytes = (name: string): number | undefined => found.value(`node_memory_${name}_bytes`);
  const [totalBytes, told] = [bytes("MemTotal"), bytes("MemAvailable")];
  const cached = [bytes("Buffers"), bytes("Cached"), bytes("SReclaimable")];
  const cachedBytes = cached.some((part) => part === undefined)
    ? undefined
    : cached.reduce<number>((sum, part) => sum + (part ?? 0), 0);
  list.put("memory_cached_bytes", cachedBytes);
  if (totalBytes !== undefined && totalBytes > 0) {
    list.put("memory_total_bytes", totalBytes);
    if (told !== undefined) {
      const available = Math.min(Math.max(told, 0), totalBytes);
      list.put("memory_available_bytes", available);
      list.put("memory_used_bytes", totalBytes - available);
      list.put("memory_used_ratio", (totalBytes - available) / totalBytes);
    }
  }
  const [swapTotal, swapFree] = [bytes("SwapTotal"), bytes("SwapFree")];
  list.put("swap_total_bytes", swapTotal);
  if (swapTotal !== undefined && swapFree !== undefined) list.put("swap_used_bytes", Math.max(swapTotal - swapFree, 0));
  // They count pages and do not say how large one is; on this architecture there is one size.
  const isX86 = found.series("node_uname_info").some(({ labels }) => labels["machine"] === "x86_64");
  for (const [theirs, ours] of [
    ["node_vmstat_pswpin", "swap_in_bytes_total"],
    ["node_vmstat_pswpout", "swap_out_bytes_total"],
  ] as const) {
    const pages = found.value(theirs);
    if (isX86 && pages !== undefined) list.put(ours, pages * 4_096);
  }
}

function putFileSystems(found: Exposition, list: SampleList): void {
  const of = (name: string): ReadonlyMap<string, number> =>
    new Map(found.series(`node_filesystem_${name}`).map(({ labels, value }) => [labels["mountpoint"] ?? "", value]));
  const [size, avail, free] = [of("size_bytes"), of("avail_bytes"), of("free_bytes")];
  const [files, filesFree, readOnly, failed] = [of("files"), of("files_free"), of("readonly"), of("device_error")];
  const mounts = found.series("node_filesystem_size_bytes").flatMap(({ labels }) => {
    const { device = "", fstype = "", mountpoint = "" } = labels;
    if (!mountpoint.startsWith("/")) return [];
    // As in the kernel's table: what has no device of its own begins with zero.
    const number = device.startsWith("/") ? device : `0:${device}`;
    const isReadOnly = readOnly.get(mountpoint) === 1;
    return [
      {
        device: number,
        root: "/",
        mountPoint: mountpoint,
        fileSystem: fstype,
        source: device,
        isReadOnly,
        superOptions: "",
      },
    ];
  });
  for (const { mountPoint, isReadOnly } of selectMounts(mounts, "auto")) {
    const labels = { mount: mountPoint.slice(0, 256) };
    if (readOnly.has(mountPoint)) list.put("filesystem_read_only", isReadOnly ? 1 : 0, labels);
    const sizeBytes = size.get(mountPoint);
    if (failed.get(mountPoint) === 1 || sizeBytes === undefined || !(sizeBytes > 0)) continue;
    list.put("filesystem_total_bytes", sizeBytes, labels);
    list.put("filesystem_available_bytes", avail.get(mountPoint), labels);
    const freeBytes = free.get(mountPoint);
    if (freeBytes !== undefined) {
      const usedBytes = Math.max(sizeBytes - freeBytes, 0);
      const usable = usedBytes + (avail.get(mountPoint) ?? Number.NaN);
      list.put("filesystem_used_bytes", usedBytes, labels);
      if (usable > 0) list.put("filesystem_used_ratio", usedBytes / usable, labels);
    }
    const [all, unused] = [files.get(mountPoint) ?? 0, filesFree.get(mountPoint)];
    if (all > 0 && unused !== undefined)
      list.put("filesystem_inodes_used_ratio", Math.min(Math.max(1 - unused / all, 0), 1), labels);
  }
}

function putDisks(found: Exposition, list: SampleList): void {
  const all = Object.keys(DISK).flatMap((name) => found.series(name).map(({ labels }) => labels["device"] ?? ""));
  const shown = new Set(selectDisks([...new Set(all)].filter(Boolean)));
  for (const [theirs, ours] of Object.entries(DISK))
    for (const { labels, value } of found.series(theirs)) {
      const device = labels["device"] ?? "";
      if (shown.has(device)) list.put(ours, value, { device });
    }
}

function putTemperatures(found: Exposition, list: SampleList): void {
  const key = ({ chip = "", sensor = "" }: Readonly<Record<string, string>>): string => `${chip} ${sensor}`;
  const names = new Map(
    found.series("node_hwmon_chip_names").map(({ labels }) => [labels["chip"] ?? "", labels["chip_name"]]),
  );
  const texts = new Map(found.series("node_hwmon_sensor_label").map(({ labels }) => [key(labels), labels["label"]]));
  const byChip = new Map<string, (FoundSensor & { readonly value: number; readonly chipName: string })[]>();
  for (const { labels, value } of found.series("node_hwmon_temp_celsius")) {
    const { chip = "", sensor = "" } = labels;
    if (!isPlausibleCelsius(value)) continue;
    const chipName = names.get(chip) ?? chip;
    const one = { name: sensorName(chipName, sensor, texts.get(key(labels))), device: chip, value, chipName };
    const ofChip = byChip.get(chip);
    if (ofChip === undefined) byChip.set(chip, [one]);
    else ofChip.push(one);
  }
  const covered = new Set([...byChip.values()].flat().map(({ chipName }) => chipKey(chipName)));
  const sensors: (FoundSensor & { readonly value: number })[] = [...byChip.values()].flatMap((ofChip) =>
    withoutCores(ofChip),
  );
  for (const { labels, value } of found.series("node_thermal_zone_temp")) {
    const { type = "", zone = "" } = labels;
    if (type !== "" && isPlausibleCelsius(value) && !covered.has(chipKey(type)))
      sensors.push({ name: type.slice(0, 60), device: `thermal_zone${zone}`, value });
  }
  const labels = sensorLabels(sensors);
  for (const [index, { value }] of sensors.slice(0, SENSORS_MAX).entries())
    list.put("temperature_celsius", value, { sensor: labels[index]!.slice(0, 256) });
}

function putFilesAndSockets(found: Exposition, list: SampleList): void {
  // The kernel's way to say that there is no limit.
  const limit = found.value("node_filefd_maximum");
  if (limit !== undefined && limit < 2 ** 63) list.put("open_files_limit", limit);
  const udp = found.value("node_sockstat_UDP_inuse");
  if (udp !== undefined) list.put("sockets_udp", udp + (found.value("node_sockstat_UDP6_inuse") ?? 0));
}

const stalledSecondsOf = (found: Exposition): ReadonlyMap<string, number> =>
  new Map(PRESSURE.flatMap(([name]) => (found.value(name) === undefined ? [] : [[name, found.value(name)!]])));

/** Shares of the time between two answers, where the agent has those of the last ten seconds. */
function putPressure(
  before: Before | undefined,
  now: ReadonlyMap<string, number>,
  { gotMs }: LookTimes,
  list: SampleList,
): void {
  const elapsedSeconds = before === undefined ? 0 : (gotMs - before.gotMs) / 1_000;
  if (before === undefined || elapsedSeconds <= 0) return;
  for (const [name, resource, stall] of PRESSURE) {
    const [earlier, later] = [before.stalledSeconds.get(name), now.get(name)];
    if (earlier === undefined || later === undefined || later < earlier) continue;
    list.put("pressure_ratio", Math.min((later - earlier) / elapsedSeconds, 1), { resource, stall });
  }
}

const failedCollectors = (found: Exposition): readonly string[] => {
  const told = found.series("node_scrape_collector_success").filter(({ value }) => value === 0);
  const names = new Set(told.map(({ labels }) => labels["collector"]));
  const failed = NEEDED_COLLECTORS.filter((name) => names.has(name));
  return failed.length === 0 ? [] : [`its collectors failed, so that their numbers are missing: ${failed.join(", ")}`];
};

function offsetWarnings(timeSeconds: number | undefined, { now }: LookTimes): readonly string[] {
  const offset = timeSeconds === undefined ? 0 : Math.round(timeSeconds - now / 1_000);
  if (Math.abs(offset) <= OFFSET_NOTICED_SECONDS) return [];
  return [`its clock stands ${Math.abs(offset)} s ${offset < 0 ? "back" : "ahead"}`];
}
