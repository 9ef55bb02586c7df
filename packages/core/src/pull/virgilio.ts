import { isUninteresting } from "../linux/interface-names.ts";
import type { MachineFacts } from "../linux/machine-facts.ts";
import { isPseudoMountPoint } from "../linux/mount-selection.ts";
import { isPlausibleCelsius, sensorLabels } from "../linux/temperature.ts";
import { isFields } from "../services/definitions/index.ts";
import type { Instant } from "../time.ts";
import {
  type JsonRecord,
  amount,
  PullTextError,
  factsFrom,
  parseRecord,
  ratioOfPercent,
  recordsOf,
  textOf,
  writtenOf,
} from "./pull-text.ts";
import { type LookTimes, offsetWarnings, type PullReading, SampleList } from "./reading.ts";

const GIB = 1024 ** 3;
const LIST_MAX = 64;
const WARNINGS_MAX = 16;
const NAME_CHARACTERS_MAX = 128;

/** The answer to `GET /metrics` of a Virgilio agent. Every field may be missing. Throws PullTextError. */
export function parseVirgilio(text: string, { now }: Pick<LookTimes, "now">): PullReading {
  const { metrics } = parseRecord(text);
  if (!isFields(metrics)) throw new PullTextError("the answer has no metrics; is this a Virgilio agent?");
  const list = new SampleList();
  putMemory(metrics, list);
  putLoad(metrics, list);
  putFileSystems(metrics, list);
  putTraffic(metrics, list);
  putTemperatures(metrics, list);
  const uptimeSeconds = amount(metrics["uptime_seconds"]);
  list.put("uptime_seconds", uptimeSeconds);
  const sourceAt = instantOf(metrics["reported_at"]);
  const version = textOf(metrics["backend_version"], NAME_CHARACTERS_MAX);
  return {
    samples: list.samples,
    facts: factsOf(metrics, uptimeSeconds, now),
    ...(sourceAt === undefined ? {} : { sourceAt }),
    answeredBy: version === undefined ? "Virgilio agent" : `Virgilio agent ${version}`,
    warnings: [...offsetWarnings(sourceAt, now), ...theirWarnings(metrics["warnings"])],
  };
}

/** Seconds since the machine started, for the proof of a reboot. Throws PullTextError. */
export function virgilioUptimeSeconds(text: string): number | undefined {
  const { metrics } = parseRecord(text);
  return isFields(metrics) ? amount(metrics["uptime_seconds"]) : undefined;
}

function putMemory(metrics: JsonRecord, list: SampleList): void {
  const usedRatio = ratioOfPercent(metrics["ram_used_percent"]);
  const totalBytes = gibibytes(metrics["total_ram_gb"]);
  list.put("memory_used_ratio", usedRatio);
  list.put("memory_total_bytes", totalBytes);
  if (usedRatio === undefined || totalBytes === undefined) return;
  // Their percentage is (total - available) / total, so this is what it was made from.
  const usedBytes = Math.round(usedRatio * totalBytes);
  list.put("memory_used_bytes", usedBytes);
  list.put("memory_available_bytes", totalBytes - usedBytes);
}

function putLoad(metrics: JsonRecord, list: SampleList): void {
  const load = isFields(metrics["cpu_load"]) ? metrics["cpu_load"] : {};
  list.put("load1", amount(load["one"]));
  list.put("load5", amount(load["five"]));
  list.put("load15", amount(load["fifteen"]));
}

/** What is used is told as a share of what an ordinary user can use, so bytes in use cannot be made from it. */
function putFileSystems(metrics: JsonRecord, list: SampleList): void {
  const told = new Set<string>();
  for (const mount of recordsOf(metrics["mounted_usage"], LIST_MAX)) {
    const place = textOf(mount["mount_point"], 256);
    const totalBytes = gibibytes(mount["total_gb"]);
    // With `auto` they list what the kernel makes up, too: by its place, or without a size.
    if (place === undefined || told.has(place) || totalBytes === 0 || isPseudoMountPoint(place)) continue;
    told.add(place);
    list.put("filesystem_total_bytes", totalBytes, { mount: place });
    list.put("filesystem_used_ratio", ratioOfPercent(mount["used_percent"]), { mount: place });
  }
  if (!told.has("/")) list.put("filesystem_used_ratio", ratioOfPercent(metrics["disk_usage_percent"]), { mount: "/" });
}

function putTraffic(metrics: JsonRecord, list: SampleList): void {
  const told = new Set<string>();
  for (const counter of recordsOf(metrics["network_counters"], LIST_MAX)) {
    const name = textOf(counter["interface"], 64);
    if (name === undefined || told.has(name) || isUninteresting(name)) continue;
    told.add(name);
    list.put("network_receive_bytes_total", amount(counter["bytes_recv"]), { interface: name });
    list.put("network_transmit_bytes_total", amount(counter["bytes_sent"]), { interface: name });
  }
}

/** Their list of disks holds all sensors, under names that repeat; the CPU's is a mean that a dead sensor lowers. */
function putTemperatures(metrics: JsonRecord, list: SampleList): void {
  const cpu = celsius(metrics["cpu_temperature_c"]);
  list.put("temperature_celsius", cpu, { sensor: "cpu" });
  const sensors = recordsOf(metrics["disk_temperatures"], LIST_MAX).flatMap((sensor, index) => {
    const name = textOf(sensor["device"], NAME_CHARACTERS_MAX);
    const value = celsius(sensor["temperature_c"]);
    return name === undefined || value === undefined ? [] : [{ name, device: String(index + 1), value }];
  });
  const names = sensorLabels(sensors);
  for (const [index, { value }] of sensors.entries()) {
    const sensor = names[index]!;
    if (sensor !== "cpu") list.put("temperature_celsius", value, { sensor });
  }
}

function factsOf(metrics: JsonRecord, uptimeSeconds: number | undefined, now: Instant): Partial<MachineFacts> {
  // In a container without its host's files these are the container's, and nothing in the answer tells.
  return factsFrom("Virgilio agent", {
    hostName: textOf(metrics["hostname"], NAME_CHARACTERS_MAX),
    osName: textOf(metrics["os_version"], NAME_CHARACTERS_MAX),
    memoryBytes: gibibytes(metrics["total_ram_gb"]),
    startedAt: uptimeSeconds === undefined ? undefined : Math.round(now - uptimeSeconds * 1_000),
  });
}

const theirWarnings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.slice(0, WARNINGS_MAX).flatMap((warning) => textOf(warning, 200) ?? []) : [];

const gibibytes = (value: unknown): number | undefined => {
  const count = amount(value);
  return count === undefined ? undefined : Math.round(count * GIB);
};

/** Exactly zero is what a sensor that is not wired says there. */
const celsius = (value: unknown): number | undefined =>
  typeof value === "number" && value !== 0 && isPlausibleCelsius(value) ? value : undefined;

/** "2026-01-15T12:00:00.5+00:00"; a time without a zone is UTC there. */
function instantOf(value: unknown): Instant | undefined {
  const [, stem, zone = "Z"] =
    /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(writtenOf(value)) ?? [];
  const at = stem === undefined ? Number.NaN : Date.parse(`${stem.replace(" ", "T")}${zone}`);
  return Number.isFinite(at) ? at : undefined;
}
