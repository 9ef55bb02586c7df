import { parseCount } from "../linux/text.ts";
import { PullTextError, textOf } from "./pull-text.ts";
import type { LookTimes, PullReading } from "./reading.ts";
import {
  describedTracks,
  STREAM_NAME_CHARACTERS_MAX,
  STREAMS_MAX,
  StreamWatch,
  tooManyWarnings,
} from "./stream-watch.ts";
import type { StreamLook } from "./stream-watch.ts";
import { childOf, childrenOf, parseXml } from "./xml-text.ts";
import type { XmlElement } from "./xml-text.ts";

interface Worker {
  readonly pid: string;
  readonly uptimeSeconds: number;
}

/**
 * The live streams of nginx with its RTMP module, by the page of `rtmp_stat`: services named `APPLICATION/STREAM`. Older
 * versions write `in` and `out` for `bytes_in` and `bytes_out`, and what the picture is right in `meta`.
 */
export class NginxRtmpReader {
  readonly #watch = new StreamWatch();
  #worker: Worker | undefined;

  /** Throws PullTextError. */
  read(text: string, times: LookTimes): PullReading {
    const trimmed = text.trimStart();
    if (trimmed === "") throw new PullTextError("the answer is empty");
    if (!trimmed.startsWith("<")) throw new PullTextError("the answer is no XML; enter the address of the stat page");
    const root = parseXml(trimmed);
    if (root.name !== "rtmp") throw new PullTextError("the answer is no stat page of nginx-rtmp; check port and path");
    const pid = textIn(root, "pid") ?? "";
    const streams = childrenOf(root, "server")
      .flatMap((server) => childrenOf(server, "application"))
      .flatMap((application) =>
        childrenOf(childOf(application, "live"), "stream").map((stream) => ({
          ...{ stream, name: `${textIn(application, "name") ?? ""}/${textIn(stream, "name") ?? ""}` },
        })),
      );
    const looks = streams.slice(0, STREAMS_MAX).map(({ name, stream }) => streamOf(name, stream, pid, times));
    return {
      ...this.#watch.take(looks, times),
      answeredBy: answeredBy(root),
      warnings: [...tooManyWarnings("streams", streams.length), ...this.#workerWarnings(root, pid)],
    };
  }

  /** Every worker tells its own streams only, so with several of them each look sees others. */
  #workerWarnings(root: XmlElement, pid: string): readonly string[] {
    const before = this.#worker;
    const uptimeSeconds = countIn(root, "uptime");
    this.#worker = uptimeSeconds === undefined || pid === "" ? undefined : { pid, uptimeSeconds };
    const isOther = before !== undefined && this.#worker !== undefined && before.pid !== pid;
    return isOther && this.#worker!.uptimeSeconds >= before.uptimeSeconds
      ? ["Several workers of nginx answer in turn, each with its own streams: set worker_processes to 1."]
      : [];
  }
}

function streamOf(name: string, stream: XmlElement, pid: string, times: LookTimes): StreamLook {
  const clients = childrenOf(stream, "client");
  const publisher = clients.find((client) => childOf(client, "publishing") !== undefined);
  const isPublished = childOf(stream, "publishing") !== undefined;
  const id = textIn(publisher, "id");
  // The stream itself may be older than its publisher: readers that wait for one begin it, too.
  const runningMs = countIn(publisher ?? stream, "time");
  const count = countIn(stream, "nclients");
  const dropped = clients.flatMap((client) => droppedOf(client) ?? []);
  return {
    name: textOf(name, STREAM_NAME_CHARACTERS_MAX) ?? "/",
    description: textOf(pictureOf(childOf(stream, "meta")), 200) ?? name.slice(0, 200),
    kind: isPublished ? "rtmp" : "",
    isPublished,
    run: id === undefined ? undefined : `worker ${pid} client ${id}`,
    since: runningMs === undefined || runningMs > times.now ? undefined : times.now - runningMs,
    inboundBytes: countIn(stream, "bytes_in") ?? countIn(stream, "in"),
    // Its own bit rates are 0 in the first ten seconds of a stream and then ten seconds old, so they are made anew.
    sentBytes: countIn(stream, "bytes_out") ?? countIn(stream, "out"),
    // The publisher is counted among the clients.
    readers: count === undefined ? undefined : Math.max(0, count - (isPublished ? 1 : 0)),
    droppedFrames: dropped.length === 0 ? undefined : dropped.reduce((sum, one) => sum + one, 0),
  };
}

/** Messages that a client was too slow for; older versions write video and audio as `3/1`. */
function droppedOf(client: XmlElement): number | undefined {
  const counts = (textIn(client, "dropped") ?? "").split("/", 3).map(parseCount);
  return counts.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}

/** Codecs and size, such as `H264 1920x1080, AAC`. */
function pictureOf(meta: XmlElement | undefined): string {
  const video = childOf(meta, "video");
  const audio = childOf(meta, "audio");
  const sized = childOf(video, "width") === undefined ? meta : video;
  const [width, height] = [countIn(sized, "width"), countIn(sized, "height")];
  return describedTracks([{ codec: codecOf(video), width, height }, { codec: codecOf(audio) }]);
}

const codecOf = (track: XmlElement | undefined): string => textIn(track, "codec") ?? textOf(track?.text, 60) ?? "";

function answeredBy(root: XmlElement): string {
  const nginx = textIn(root, "nginx_version") ?? textIn(root, "version");
  const module = textIn(root, "nginx_rtmp_version");
  return `nginx${nginx === undefined ? "" : ` ${nginx}`} with RTMP${module === undefined ? "" : ` ${module}`}`;
}

/** Bounded, because it is put together with others before it is bounded again. */
const textIn = (element: XmlElement | undefined, name: string): string | undefined =>
  textOf(childOf(element, name)?.text, 200);

const countIn = (element: XmlElement | undefined, name: string): number | undefined =>
  parseCount(childOf(element, name)?.text.trim());
