import { HEALTH_RATIOS } from "../services/service.ts";
import type { ServiceStatus } from "../services/service.ts";
import { bareStatus } from "../services/service.ts";
import { amount, parseRecord, PullTextError, recordsOf, textOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import { SampleList } from "./reading.ts";
import type { LookTimes, PullReading } from "./reading.ts";

/** So many paths are told of one server. */
export const PATHS_MAX = 500;
const NAME_CHARACTERS_MAX = 200;
/** Between two looks closer together than this a stream may send nothing. */
const JUDGED_AFTER_SECONDS = 2;

interface Seen extends LookTimes {
  readonly run: string | null;
  readonly inboundBytes: number | undefined;
  readonly status: ServiceStatus;
}

/**
 * The paths of a MediaMTX as services: one runs while somebody publishes to it. Newer versions call what came in
 * `inboundBytes`, older ones `bytesReceived`. Two looks tell the bit rate, and whether anything comes in at all.
 */
export class MediamtxReader {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** The answer to `GET /v3/paths/list`. Throws PullTextError. */
  read(text: string, times: LookTimes): PullReading {
    const { items, itemCount } = parseRecord(text);
    if (!Array.isArray(items)) throw new PullTextError("the answer has no list of paths; is this MediaMTX?");
    const list = new SampleList();
    const seen = new Map<string, Seen>();
    for (const path of recordsOf(items, PATHS_MAX)) {
      const name = textOf(path["name"], NAME_CHARACTERS_MAX);
      if (name !== undefined && !seen.has(name)) seen.set(name, this.#path(name, path, times, list));
    }
    this.#seen = seen;
    const services = [...seen.values()].map(({ status }) => status);
    return {
      samples: list.samples,
      services: services.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      answeredBy: "MediaMTX",
      warnings:
        typeof itemCount === "number" && itemCount > PATHS_MAX
          ? [`It has ${itemCount} paths, of which ${PATHS_MAX} are read.`]
          : [],
    };
  }

  #path(name: string, path: JsonRecord, times: LookTimes, list: SampleList): Seen {
    const isOnline = [path["online"], path["ready"], path["available"]].find((one) => typeof one === "boolean");
    const source = path["source"] as JsonRecord | null | undefined;
    const begun = textOf(path["onlineTime"], 40) ?? textOf(path["readyTime"], 40);
    const beganAt = begun === undefined ? Number.NaN : Date.parse(begun);
    const isRunning = isOnline === true;
    const run = isRunning ? (begun ?? "publishing") : null;
    const before = this.#seen.get(name);
    const same = before !== undefined && before.run !== null && before.run === run ? before : undefined;
    const inboundBytes = amount(path["inboundBytes"]) ?? amount(path["bytesReceived"]);
    const bare = {
      ...bareStatus({ driver: "channel", name }),
      description: textOf(tracksOf(path), 200) ?? name,
      state: isRunning ? "running" : isOnline === undefined ? "unknown" : "stopped",
      rawState: isRunning ? "publishing" : isOnline === undefined ? "" : "nobody publishes",
      since: isRunning && Number.isFinite(beganAt) ? beganAt : null,
      run,
      kind: textOf(source?.["type"], 64) ?? "",
    } as const satisfies ServiceStatus;
    if (!isRunning) return { ...times, run, inboundBytes, status: bare };
    const seconds = same === undefined ? 0 : (times.gotMs - same.gotMs) / 1_000;
    const labels = { driver: "channel", service: name };
    const isMeasured = same !== undefined && seconds >= JUDGED_AFTER_SECONDS;
    const grown =
      inboundBytes === undefined || same?.inboundBytes === undefined ? undefined : inboundBytes - same.inboundBytes;
    const kept = same?.status ?? bare;
    const judged =
      grown === undefined || grown < 0
        ? { health: "unknown", healthDetail: "" }
        : grown > 0
          ? { health: "healthy", healthDetail: "" }
          : { health: "degraded", healthDetail: "stalled: somebody publishes, and nothing comes in" };
    const status = {
      ...bare,
      ...(isMeasured ? judged : { health: kept.health, healthDetail: kept.healthDetail }),
    } as ServiceStatus;
    if (isMeasured && grown !== undefined && grown >= 0) list.put("channel_bytes_per_second", grown / seconds, labels);
    if (Number.isFinite(beganAt) && times.now >= beganAt)
      list.put("service_uptime_seconds", (times.now - beganAt) / 1_000, labels);
    if (Array.isArray(path["readers"])) list.put("channel_readers", path["readers"].length, labels);
    if (status.health !== "unknown") list.put("service_health_ratio", HEALTH_RATIOS[status.health], labels);
    // A look right after another one tells nothing of the bit rate, so the earlier one stays to be measured from.
    return isMeasured || same === undefined ? { ...times, run, inboundBytes, status } : { ...same, status };
  }
}

/** Codecs of a path, such as `H264, MPEG-4 Audio`. */
function tracksOf({ tracks2, tracks }: JsonRecord): string {
  const newer = recordsOf(tracks2, 16).flatMap(({ codec }) => textOf(codec, 40) ?? []);
  if (newer.length > 0) return newer.join(", ");
  const older = Array.isArray(tracks) ? (tracks as unknown[]).slice(0, 16) : [];
  return older.flatMap((track) => textOf(track, 40) ?? []).join(", ");
}

/** The version in the answer to `GET /v3/info`, which older ones do not have; undefined where there is none. */
export function mediamtxVersion(text: string): string | undefined {
  try {
    return textOf(parseRecord(text)["version"], 60);
  } catch (error) {
    if (!(error instanceof PullTextError)) throw error;
    return undefined;
  }
}
