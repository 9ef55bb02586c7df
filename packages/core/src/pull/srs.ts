import { scaled } from "../linux/text.ts";
import { amount, parseRecord, PullTextError, quoted, recordsOf, textOf, writtenOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import { SampleList } from "./reading.ts";
import type { LookTimes, PullReading } from "./reading.ts";
import { describedTracks, STREAM_NAME_CHARACTERS_MAX, STREAMS_MAX, StreamWatch } from "./stream-watch.ts";
import type { StreamLook } from "./stream-watch.ts";

/** So many clients are looked through for those that publish. */
export const SRS_CLIENTS_MAX = 2_000;
/** It counts what came in every few seconds only, of WebRTC less often. */
const JUDGED_AFTER_SECONDS = 12;

/** The three answers of one look, each as `parseSrsAnswer` gives it. */
export interface SrsAnswers {
  readonly streams: JsonRecord;
  readonly clients: JsonRecord;
  readonly summaries: JsonRecord;
}

/** One answer of its API; what it sends as JSON may say that it failed. Throws PullTextError. */
export function parseSrsAnswer(text: string): JsonRecord {
  const answer = parseRecord(text);
  if (answer["code"] !== 0)
    throw new PullTextError(`it answers with the code ${quoted(writtenOf(answer["code"]))}; is this SRS?`);
  return answer;
}

/** The streams of an SRS as services, by `/api/v1/streams/`, `clients/` and `summaries`. */
export class SrsReader {
  readonly #watch = new StreamWatch(JUDGED_AFTER_SECONDS);

  /** Throws PullTextError. */
  read({ streams, clients, summaries }: SrsAnswers, times: LookTimes): PullReading {
    const list = streams["streams"];
    if (!Array.isArray(list)) throw new PullTextError("the answer has no list of streams; is this SRS?");
    const publishers = new Map(
      recordsOf(clients["clients"], SRS_CLIENTS_MAX)
        .filter(({ publish }) => publish === true)
        .map((client) => [writtenOf(client["id"]), client]),
    );
    const data = recordOf(summaries["data"]);
    const looks = recordsOf(list, STREAMS_MAX).flatMap((stream) => streamOf(stream, publishers, times));
    const told = this.#watch.take(looks, times);
    const version = textOf(recordOf(data["self"])["version"], 60);
    return {
      samples: [...machineSamples(recordOf(data["system"])), ...told.samples],
      services: told.services,
      answeredBy: version === undefined ? "SRS" : `SRS ${version}`,
      warnings: list.length > STREAMS_MAX ? [`It has more than ${STREAMS_MAX} streams; so many are read.`] : [],
    };
  }
}

const recordOf = (value: unknown): JsonRecord => recordsOf([value], 1)[0] ?? {};

function streamOf(
  stream: JsonRecord,
  publishers: ReadonlyMap<string, JsonRecord>,
  times: LookTimes,
): readonly StreamLook[] {
  const own = `${writtenOf(stream["app"])}/${writtenOf(stream["name"])}`;
  // Another than the default host stands before the slash.
  const name = textOf(writtenOf(stream["url"]).replace(/^\//, "") || own, STREAM_NAME_CHARACTERS_MAX);
  if (name === undefined) return [];
  const publish = recordOf(stream["publish"]);
  const isPublished = typeof publish["active"] === "boolean" ? publish["active"] : undefined;
  const cid = textOf(writtenOf(publish["cid"]), 100);
  const publisher = isPublished === true && cid !== undefined ? publishers.get(cid) : undefined;
  const aliveMs = scaled(amount(publisher?.["alive"]), 1_000);
  const kbps = recordOf(stream["kbps"]);
  const count = amount(stream["clients"]);
  return [
    {
      name,
      description: textOf(describedTracks([recordOf(stream["video"]), recordOf(stream["audio"])]), 200) ?? name,
      kind: textOf(publisher?.["type"], 64) ?? "",
      isPublished,
      run: cid,
      since: aliveMs === undefined || aliveMs > times.now ? undefined : times.now - aliveMs,
      inboundBytes: amount(stream["recv_bytes"]),
      sentBytes: amount(stream["send_bytes"]),
      bytesPerSecond: toldRate(kbps["recv_30s"]),
      sentBytesPerSecond: toldRate(kbps["send_30s"]),
      // The publisher is counted among the clients.
      readers: count === undefined ? undefined : Math.max(0, count - (isPublished === true ? 1 : 0)),
    },
  ];
}

/** A rate of kbit/s in bytes a second. In the first 30 s of a stream it is 0 whatever comes in, so 0 tells nothing. */
const toldRate = (kbitsPerSecond: unknown): number | undefined =>
  scaled(amount(kbitsPerSecond) || undefined, 1_000 / 8);

/** Its shares of processor and memory are not ours, so that only the load is taken over. */
function machineSamples(system: JsonRecord): PullReading["samples"] {
  const list = new SampleList();
  list.put("load1", amount(system["load_1m"]));
  list.put("load5", amount(system["load_5m"]));
  list.put("load15", amount(system["load_15m"]));
  return list.samples;
}
