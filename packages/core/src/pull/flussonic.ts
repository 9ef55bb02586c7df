import { amount, parseRecord, PullTextError, recordsOf, textOf } from "./pull-text.ts";
import type { JsonRecord } from "./pull-text.ts";
import type { LookTimes, PullReading } from "./reading.ts";
import {
  describedTracks,
  STREAM_NAME_CHARACTERS_MAX,
  STREAMS_MAX,
  StreamWatch,
  tooManyWarnings,
} from "./stream-watch.ts";
import type { StreamLook } from "./stream-watch.ts";

/** One page of the list; `next` asks for the one after it. */
export interface FlussonicPage {
  readonly streams: readonly JsonRecord[];
  /** Of all pages together, as far as it says so. */
  readonly count: number | undefined;
  readonly next: string | undefined;
}

/** An answer to `GET /streamer/api/v3/streams`. Throws PullTextError. */
export function parseFlussonicPage(text: string): FlussonicPage {
  const { streams, estimated_count: count, next } = parseRecord(text);
  if (!Array.isArray(streams)) throw new PullTextError("the answer has no list of streams; is this Flussonic?");
  return { streams: recordsOf(streams, STREAMS_MAX + 1), count: amount(count), next: textOf(next, 4_000) };
}

/** The streams of a Flussonic as services: one runs while its source is alive, pulled or published. */
export class FlussonicReader {
  readonly #watch = new StreamWatch();

  /** All pages of one look, in their order. */
  read(pages: readonly FlussonicPage[], times: LookTimes): PullReading {
    const streams = pages.flatMap((page) => page.streams);
    return {
      ...this.#watch.take(streams.slice(0, STREAMS_MAX).flatMap(streamOf), times),
      answeredBy: "Flussonic",
      warnings: tooManyWarnings("streams", Math.max(streams.length, pages[0]?.count ?? 0)),
    };
  }
}

function streamOf(stream: JsonRecord): readonly StreamLook[] {
  const name = textOf(stream["name"], STREAM_NAME_CHARACTERS_MAX);
  if (name === undefined) return [];
  const stats = recordsOf([stream["stats"]], 1)[0] ?? {};
  const media = recordsOf([stats["media_info"]], 1)[0] ?? {};
  const openedAt = amount(stats["opened_at"]);
  const isAlive = typeof stats["alive"] === "boolean" ? stats["alive"] : undefined;
  return [
    {
      name,
      description: textOf(describedTracks(recordsOf(media["tracks"], 16)), 200) ?? name,
      kind: "",
      isPublished: isAlive,
      rawState: textOf(stats["status"], 100) ?? (isAlive === undefined ? "" : isAlive ? "alive" : "not alive"),
      run: openedAt === undefined ? undefined : `opened ${openedAt}`,
      since: openedAt,
      // The unit of its own bit rate is not known for sure, so that it is made from what came in.
      inboundBytes: amount(stats["bytes_in"]),
      readers: amount(stats["online_clients"]),
    },
  ];
}
