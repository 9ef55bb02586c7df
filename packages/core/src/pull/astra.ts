import { HEALTH_RATIOS, bareStatus } from "../services/service.ts";
import type { ServiceStatus } from "../services/service.ts";
import type { Instant } from "../time.ts";
import { scaled } from "../linux/text.ts";
import { CHANNEL_VERBS } from "./channel-verbs.ts";
import { amount, factsFrom, parseRecord, PullTextError, ratioOfPercent, recordsOf, textOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import { offsetWarnings, SampleList } from "./reading.ts";
import type { LookTimes, PullReading } from "./reading.ts";
import { STREAMS_MAX, tooManyWarnings } from "./stream-watch.ts";

/** A stream as the configuration has it. */
export interface AstraStream {
  readonly id: string;
  readonly name: string;
  /** `spts` or `mpts`. */
  readonly type: string;
  /** Whether it is turned on; undefined where it is not said. */
  readonly isOn: boolean | undefined;
}

/** How a stream is at this second; what is undefined is not told. */
export interface AstraStreamStatus {
  /** False for one that runs on demand while nobody watches it. */
  readonly isActive: boolean | undefined;
  readonly isOnAir: boolean | undefined;
  readonly input: number | undefined;
  readonly sessions: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly scrambledPackets: number | undefined;
  readonly continuityErrors: number | undefined;
  readonly packetErrors: number | undefined;
}

/** Whether a stream may be called so: letters and digits, which stand in an address as they are. */
export const isAstraStreamId = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);

/** An answer to `GET /api/system-status?t=0`. Throws PullTextError. */
export function parseAstraSystem(text: string): JsonRecord {
  const system = parseRecord(text);
  if (amount(system["app_uptime"]) === undefined || amount(system["la1"]) === undefined)
    throw new PullTextError("the answer has no load and no running time; is this Cesbo Astra?");
  return system;
}

/** The streams of a configuration (`{"cmd":"load"}`), in its order, and how many it has. Throws PullTextError. */
export function parseAstraStreams(text: string): { readonly streams: readonly AstraStream[]; readonly count: number } {
  const list = parseRecord(text)["make_stream"] ?? [];
  if (!Array.isArray(list)) throw new PullTextError("its configuration has no list of streams");
  const streams = new Map<string, AstraStream>();
  for (const record of recordsOf(list, STREAMS_MAX)) {
    const stream = streamOf(record);
    if (stream !== undefined && !streams.has(stream.id)) streams.set(stream.id, stream);
  }
  return { streams: [...streams.values()], count: list.length };
}

/** An answer to `GET /api/stream-info/ID`; undefined where it is about no stream. Throws PullTextError. */
export const parseAstraStream = (text: string): AstraStream | undefined => streamOf(parseRecord(text));

function streamOf(record: JsonRecord): AstraStream | undefined {
  const { id, enable } = record;
  if (typeof id !== "string" || !isAstraStreamId(id)) return undefined;
  const name = textOf(record["name"], 200) ?? id;
  const type = textOf(record["type"], 64) ?? "";
  return { id, name, type, isOn: typeof enable === "boolean" ? enable : undefined };
}

/** An answer to `GET /api/stream-status/ID?t=0`. Throws PullTextError. */
export function parseAstraStatus(text: string): AstraStreamStatus {
  const status = parseRecord(text);
  const said = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
  return {
    isActive: said(status["active"]),
    isOnAir: said(status["onair"]),
    input: amount(status["input_id"]),
    sessions: amount(status["sessions"]),
    bytesPerSecond: scaled(amount(status["bitrate"]), 1_000 / 8),
    scrambledPackets: amount(status["sc_error"]),
    continuityErrors: amount(status["cc_error"]),
    packetErrors: amount(status["pes_error"]),
  };
}

/** How a stream stands. `idle`: it runs on demand, and nobody watches; `unknown`: what is told does not say. */
export type AstraAir = "turned-off" | "idle" | "on-air" | "off-air" | "unknown";

/** One stream at one look. */
export interface AstraLook {
  readonly stream: AstraStream;
  /** Undefined where none was told. */
  readonly status: AstraStreamStatus | undefined;
  readonly air: AstraAir;
  readonly service: ServiceStatus;
}

function airOf({ isOn }: AstraStream, status: AstraStreamStatus | undefined): AstraAir {
  if (isOn === false) return "turned-off";
  if (isOn === undefined || status === undefined) return "unknown";
  if (status.isActive === false) return "idle";
  if (status.isOnAir === undefined) return "unknown";
  return status.isOnAir ? "on-air" : "off-air";
}

/** Off air for as long as this it does badly; before that it may just have been started. */
const JUDGED_AFTER_MS = 2_000;

interface Seen {
  readonly look: AstraLook;
  /** The run that was seen to begin; undefined while none was. */
  readonly run: Run | undefined;
  /** Monotonic, of the first look in a row that found it off air. */
  readonly offAirMs: number | undefined;
  readonly gotMs: number;
}

type Run = Pick<ServiceStatus, "run" | "since">;
const NO_RUN: Run = { run: null, since: null };

/**
 * Streams of one Astra over time. It does not tell since when a stream runs, so that a run has a name only when it was
 * seen to begin here: on air after it was not. Only looks in between make that, so that whoever acts looks often.
 */
export class AstraWatch {
  readonly #seen = new Map<string, Seen>();

  /** Takes in a look at one stream, and tells it as a service. */
  take(stream: AstraStream, status: AstraStreamStatus | undefined, times: LookTimes): AstraLook {
    const before = this.#seen.get(stream.id);
    // Looks of the schedule and of an action cross; what was asked for earlier is no news.
    if (before !== undefined && times.askedMs < before.gotMs) return before.look;
    const air = airOf(stream, status);
    const run = runOf(air, before, times.now);
    const offAirMs = air === "off-air" ? (before?.offAirMs ?? times.gotMs) : undefined;
    const isLasting = offAirMs !== undefined && times.askedMs - offAirMs >= JUDGED_AFTER_MS;
    const service: ServiceStatus = {
      ...bareStatus({ driver: "channel", name: stream.id }),
      ...{ description: stream.name, kind: stream.type, verbs: CHANNEL_VERBS },
      ...stateOf(air, status),
      ...(run ?? NO_RUN),
      ...healthOf(air, isLasting),
    };
    const look = { stream, status, air, service };
    this.#seen.set(stream.id, { look, run, offAirMs, gotMs: times.gotMs });
    return look;
  }

  /** Something was asked of it: a stream that is on air may be another run from now on, so that this one has no name. */
  doubt(id: string): void {
    const seen = this.#seen.get(id);
    if (seen === undefined) return;
    const look = { ...seen.look, service: { ...seen.look.service, ...NO_RUN } };
    this.#seen.set(id, { ...seen, look, run: undefined });
  }

  /** Forgets all others. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
  }
}

/** What is not known ends no run, and begins none. */
function runOf(air: AstraAir, before: Seen | undefined, now: Instant): Run | undefined {
  if (before === undefined) return undefined;
  if (air === "unknown") return before.run;
  if (air !== "on-air") return undefined;
  const wasOnAir = before.look.air === "on-air" || before.look.air === "unknown";
  return wasOnAir ? before.run : { run: `on air since ${new Date(now).toISOString().slice(0, 19)}Z`, since: now };
}

function stateOf(air: AstraAir, status: AstraStreamStatus | undefined): Pick<ServiceStatus, "state" | "rawState"> {
  const input = status?.input === undefined ? "" : `, input ${status.input}`;
  switch (air) {
    case "turned-off":
      return { state: "stopped", rawState: "off" };
    case "idle":
      return { state: "running", rawState: "on demand, nobody watches" };
    case "on-air":
      return { state: "running", rawState: `on air${input}` };
    case "off-air":
      return { state: "running", rawState: `off air${input}` };
    case "unknown":
      return { state: "unknown", rawState: "" };
  }
}

function healthOf(air: AstraAir, isLasting: boolean): Pick<ServiceStatus, "health" | "healthDetail"> {
  if (air === "on-air") return { health: "healthy", healthDetail: "" };
  if (air !== "off-air") return { health: "unknown", healthDetail: "" };
  return isLasting
    ? { health: "unhealthy", healthDetail: "off air: its input does not work" }
    : { health: "unknown", healthDetail: "it is not on air yet" };
}

/** Everything that one look told. `streamCount` is how many streams there are, of which `looks` are those that are read. */
export function astraReading(
  {
    system,
    looks,
    streamCount,
  }: { readonly system: JsonRecord; readonly looks: readonly AstraLook[]; readonly streamCount: number },
  { now }: Pick<LookTimes, "now">,
): PullReading {
  const list = new SampleList();
  putSystem(system, list);
  for (const look of looks) putStream(look, list);
  const sourceAt = scaled(amount(system["timestamp"]) || undefined, 1_000);
  const uptimeSeconds = amount(system["sys_uptime"]);
  return {
    samples: list.samples,
    services: looks.map(({ service }) => service).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    ...(uptimeSeconds !== undefined && { facts: factsFrom("Astra", { startedAt: now - uptimeSeconds * 1_000 }) }),
    ...(sourceAt !== undefined && { sourceAt }),
    answeredBy: "Cesbo Astra",
    warnings: [...offsetWarnings(sourceAt, now), ...tooManyWarnings("streams", streamCount)],
  };
}

/** Shares of the processor are of one core, and how many there are is not told. */
function putSystem(system: JsonRecord, list: SampleList): void {
  for (const [metric, name] of [
    ["load1", "la1"],
    ["load5", "la5"],
    ["load15", "la15"],
    ["cpu_busy_cores", "sys_cpu_usage"],
    ["program_busy_cores", "app_cpu_usage"],
  ] as const)
    list.put(metric, scaled(amount(system[name]), 1 / 100));
  list.put("memory_used_ratio", ratioOfPercent(system["sys_mem_usage"]));
  list.put("program_memory_bytes", scaled(amount(system["app_mem_kb"]), 1_024));
  list.put("uptime_seconds", amount(system["sys_uptime"]));
}

function putStream({ service, status }: AstraLook, list: SampleList): void {
  if (status === undefined) return;
  const labels = { driver: service.driver, service: service.name };
  list.put("channel_readers", status.sessions, labels);
  list.put("channel_bytes_per_second", status.bytesPerSecond, labels);
  list.put("channel_input", status.input, labels);
  list.put("channel_scrambled_packets_per_second", status.scrambledPackets, labels);
  list.put("channel_continuity_errors_per_second", status.continuityErrors, labels);
  list.put("channel_packet_errors_per_second", status.packetErrors, labels);
  if (service.health !== "unknown") list.put("service_health_ratio", HEALTH_RATIOS[service.health], labels);
}
