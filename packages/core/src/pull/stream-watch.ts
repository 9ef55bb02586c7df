import { bareStatus, HEALTH_RATIOS } from "../services/service.ts";
import type { ServiceStatus } from "../services/service.ts";
import type { Instant } from "../time.ts";
import { amount, textOf, writtenOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import { SampleList } from "./reading.ts";
import type { LookTimes, PullReading } from "./reading.ts";

/** So many streams are told of one server. */
export const STREAMS_MAX = 500;
export const STREAM_NAME_CHARACTERS_MAX = 200;

/** A stream as one look at its server tells it; what is undefined is not told. */
export interface StreamLook {
  readonly name: string;
  readonly description: string;
  /** What publishes to it. */
  readonly kind: string;
  readonly isPublished: boolean | undefined;
  /** Its own word for how it is; else it is said who publishes. */
  readonly rawState?: string;
  /** Names this run of it where the server has something that does; looked at only while it is published to. */
  readonly run: string | undefined;
  readonly since: Instant | undefined;
  /** Everything that came in during this run. */
  readonly inboundBytes: number | undefined;
  /** Everything that went out during this run. */
  readonly sentBytes?: number | undefined;
  /** What comes in now, where the server tells it; else it is made between two looks. */
  readonly bytesPerSecond?: number | undefined;
  readonly sentBytesPerSecond?: number | undefined;
  readonly readers: number | undefined;
  readonly droppedFrames?: number | undefined;
}

interface Seen extends LookTimes, Pick<StreamLook, "inboundBytes" | "sentBytes"> {
  readonly run: string | null;
  readonly status: ServiceStatus;
}

/** Streams of one server over time as services: two looks tell the bit rate, and whether anything comes in at all. */
export class StreamWatch {
  readonly #judgedAfterSeconds: number;
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** Between two looks closer together than this a stream may send nothing, or its server not count it yet. */
  constructor(judgedAfterSeconds = 2) {
    this.#judgedAfterSeconds = judgedAfterSeconds;
  }

  /** Takes in a look; of two streams with one name the first counts. */
  take(streams: readonly StreamLook[], times: LookTimes): Required<Pick<PullReading, "samples" | "services">> {
    const list = new SampleList();
    const seen = new Map<string, Seen>();
    for (const stream of streams) if (!seen.has(stream.name)) seen.set(stream.name, this.#stream(stream, times, list));
    this.#seen = seen;
    const services = [...seen.values()].map(({ status }) => status);
    return { samples: list.samples, services: services.toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
  }

  #stream(stream: StreamLook, times: LookTimes, list: SampleList): Seen {
    const { name, isPublished, inboundBytes, sentBytes } = stream;
    const isRunning = isPublished === true;
    const run = isRunning ? (stream.run ?? "publishing") : null;
    const before = this.#seen.get(name);
    const same = before !== undefined && before.run !== null && before.run === run ? before : undefined;
    const bare = {
      ...bareStatus({ driver: "channel", name }),
      description: stream.description,
      state: isRunning ? "running" : isPublished === undefined ? "unknown" : "stopped",
      rawState: stream.rawState ?? (isRunning ? "publishing" : isPublished === undefined ? "" : "nobody publishes"),
      // Where it is reckoned from a running time it wavers, so the first one of a run stays.
      since: isRunning ? (same?.status.since ?? stream.since ?? null) : null,
      run,
      kind: stream.kind,
    } as const satisfies ServiceStatus;
    const labels = { driver: "channel", service: name };
    list.put("channel_readers", stream.readers, labels);
    if (!isRunning) return { ...times, run, inboundBytes, sentBytes, status: bare };
    const seconds = same === undefined ? 0 : (times.gotMs - same.gotMs) / 1_000;
    const isMeasured = same !== undefined && seconds >= this.#judgedAfterSeconds;
    const grown = grownBy(inboundBytes, same?.inboundBytes);
    const kept = same?.status ?? bare;
    const judged =
      grown === undefined
        ? { health: "unknown", healthDetail: "" }
        : grown > 0
          ? { health: "healthy", healthDetail: "" }
          : { health: "degraded", healthDetail: "stalled: somebody publishes, and nothing comes in" };
    const status = {
      ...bare,
      ...(isMeasured ? judged : { health: kept.health, healthDetail: kept.healthDetail }),
    } as ServiceStatus;
    const made = (bytes: number | undefined): number | undefined =>
      isMeasured && bytes !== undefined ? bytes / seconds : undefined;
    const sent = stream.sentBytesPerSecond ?? made(grownBy(sentBytes, same?.sentBytes));
    list.put("channel_bytes_per_second", stream.bytesPerSecond ?? made(grown), labels);
    list.put("channel_sent_bytes_per_second", sent, labels);
    list.put("channel_dropped_frames", stream.droppedFrames, labels);
    if (status.since !== null && times.now >= status.since)
      list.put("service_uptime_seconds", (times.now - status.since) / 1_000, labels);
    if (status.health !== "unknown") list.put("service_health_ratio", HEALTH_RATIOS[status.health], labels);
    // A look right after another one tells nothing of the bit rate, so the earlier one stays to be measured from.
    return isMeasured || same === undefined ? { ...times, run, inboundBytes, sentBytes, status } : { ...same, status };
  }
}

/** How much a counter grew; undefined where it is not told or was set back. */
function grownBy(now: number | undefined, before: number | undefined): number | undefined {
  return now === undefined || before === undefined || now < before ? undefined : now - before;
}

/** A warning that there are more streams than are read, where there are; `what` names them, such as `paths`. */
export const tooManyWarnings = (what: string, count: number): readonly string[] =>
  count > STREAMS_MAX ? [`It has ${count} ${what}, of which ${STREAMS_MAX} are read.`] : [];

/** Codecs and sizes of tracks, such as `H264 1920x1080, AAC`; empty where none is told. */
export const describedTracks = (tracks: readonly JsonRecord[]): string =>
  tracks
    .map(({ codec, width, height }) => {
      const isSized = (amount(width) ?? 0) > 0 && (amount(height) ?? 0) > 0;
      return [textOf(codec, 40) ?? "", isSized ? `${writtenOf(width)}x${writtenOf(height)}` : ""]
        .filter((part) => part !== "")
        .join(" ");
    })
    .filter((track) => track !== "")
    .join(", ");
