import { amount, parseRecord, PullTextError, recordsOf, textOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import type { LookTimes, PullReading } from "./reading.ts";
import { STREAM_NAME_CHARACTERS_MAX, STREAMS_MAX, StreamWatch, tooManyWarnings } from "./stream-watch.ts";
import type { StreamLook } from "./stream-watch.ts";

/**
 * The paths of a MediaMTX as services: one runs while somebody publishes to it. Newer versions call what came in
 * `inboundBytes`, older ones `bytesReceived`. Two looks tell the bit rate, and whether anything comes in at all.
 */
export class MediamtxReader {
  readonly #watch = new StreamWatch();

  /** The answer to `GET /v3/paths/list`. Throws PullTextError. */
  read(text: string, times: LookTimes): PullReading {
    const { items, itemCount } = parseRecord(text);
    if (!Array.isArray(items)) throw new PullTextError("the answer has no list of paths; is this MediaMTX?");
    return {
      ...this.#watch.take(recordsOf(items, STREAMS_MAX).flatMap(pathOf), times),
      answeredBy: "MediaMTX",
      warnings: tooManyWarnings("paths", amount(itemCount) ?? 0),
    };
  }
}

function pathOf(path: JsonRecord): readonly StreamLook[] {
  const name = textOf(path["name"], STREAM_NAME_CHARACTERS_MAX);
  if (name === undefined) return [];
  const source = path["source"] as JsonRecord | null | undefined;
  const begun = textOf(path["onlineTime"], 40) ?? textOf(path["readyTime"], 40);
  const beganAt = begun === undefined ? Number.NaN : Date.parse(begun);
  return [
    {
      name,
      description: textOf(tracksOf(path), 200) ?? name,
      kind: textOf(source?.["type"], 64) ?? "",
      isPublished: [path["online"], path["ready"], path["available"]].find((one) => typeof one === "boolean"),
      run: begun,
      since: Number.isFinite(beganAt) ? beganAt : undefined,
      inboundBytes: amount(path["inboundBytes"]) ?? amount(path["bytesReceived"]),
      readers: Array.isArray(path["readers"]) ? path["readers"].length : undefined,
    },
  ];
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
