import { timeOfText, wait } from "@muster/core";
import type { ActingHost, FilePart } from "../../host.ts";
import { FOLLOW_EVERY_MS } from "../log-source.ts";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { splitLines, textOf } from "../split-lines.ts";

/** A file that holds the bytes `fromByte` to `toByte` of everything a service ever printed. */
export interface SupervisedPart {
  readonly path: string;
  readonly fromByte: number;
  readonly toByte: number;
  /** Where the file's own first byte stands, when what came before `fromByte` was cut out of it; `fromByte` otherwise. */
  readonly zeroByte?: number;
  /** Absent where both go to one file. */
  readonly stream?: "stdout" | "stderr";
}

/** Who keeps the output of supervised processes. */
export interface SupervisedLogs {
  /** Oldest first, without gaps within a stream; undefined when nothing of this name was ever started here. */
  parts(name: string): Promise<readonly SupervisedPart[] | undefined>;
}

export interface SupervisedLogDeps extends LogSourceDeps {
  readonly logs: SupervisedLogs;
}

const BLOCK_BYTES = 256 * 1024;
const CURSOR = /^s1:(\d{1,16}):(\d{1,16})$/;
const STREAMS = ["stdout", "stderr"] as const;
type Offsets = readonly [stdout: number, stderr: number];

/** Output of processes that the agent runs: a position counts all bytes since the first, whichever file they are in now. */
export class SupervisedLog implements LogSourceReader {
  readonly #deps: SupervisedLogDeps;

  constructor(deps: SupervisedLogDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const tracks = await this.#begin(ask);
    let isCaughtUp = false;
    while (!signal.aborted) {
      let isAnything = false;
      for (const track of tracks) {
        for (let step = await track.step(); step.length > 0; step = await track.step()) {
          isAnything = true;
          yield step.map((each) => withCursor(each, tracks));
          if (signal.aborted) return;
        }
      }
      if (isAnything) continue;
      if (!ask.follow) {
        for (const track of tracks) {
          const half = await track.half();
          if (half.length > 0) yield half.map((each) => withCursor(each, tracks));
        }
        return;
      }
      if (!isCaughtUp) {
        yield [{ is: "caught-up" }];
        isCaughtUp = true;
        for (const track of tracks) track.stampsNow = true;
      }
      await wait(this.#deps.clock, FOLLOW_EVERY_MS, signal);
    }
  }

  async #begin({ name, afterCursor, linesMax }: RecordAsk): Promise<readonly Track[]> {
    const parts = await this.#deps.logs.parts(name);
    if (parts === undefined) throw new Error(`nothing of the name ${name} was ever started here`);
    const found = afterCursor === undefined ? undefined : CURSOR.exec(afterCursor);
    if (found === null) throw new Error("the cursor is not one of a supervised service");
    const offsets: Offsets | undefined = found && [Number(found[1]), Number(found[2])];
    return Promise.all(
      STREAMS.map(async (stream, index) => {
        const track = new Track(name, stream, this.#deps);
        await track.begin(offsets?.[index], linesMax);
        return track;
      }),
    );
  }
}

interface TrackLine {
  readonly record: Exclude<LogRecord, { is: "caught-up" }>;
  readonly track: Track;
  /** Where the track stands after it. */
  readonly offset: number;
}

/** One of the two streams; where both go to one file, that is the first and the second stays empty. */
class Track {
  readonly #name: string;
  readonly #stream: "stdout" | "stderr";
  readonly #deps: SupervisedLogDeps;
  offset = 0;
  #isInLongLine = false;
  /** Both streams go to one file. */
  #isShared = false;
  stampsNow = false;

  constructor(name: string, stream: "stdout" | "stderr", deps: SupervisedLogDeps) {
    this.#name = name;
    this.#stream = stream;
    this.#deps = deps;
  }

  async begin(offset: number | undefined, linesMax: number): Promise<void> {
    this.offset = offset ?? (await this.#lastLines(linesMax));
  }

  /** The next whole lines; none at the end. */
  async step(): Promise<readonly TrackLine[]> {
    for (;;) {
      const before = this.offset;
      const lines = await this.#block();
      if (lines.length > 0 || this.offset === before) return lines;
    }
  }

  /** As many lines as are in one reading; none when that was the rest of a long line, or there is nothing whole. */
  async #block(): Promise<readonly TrackLine[]> {
    const read = await this.#readAt(this.offset);
    if (read.is === "nothing") return [];
    if (read.is === "gone") {
      this.offset = read.fromByte;
      const why = "older output was removed";
      return [{ record: { is: "gap", dropped: null, why }, track: this, offset: this.offset }];
    }
    const start = this.offset;
    const lines: TrackLine[] = [];
    for (const { text, endByte } of splitLines(read.bytes)) {
      this.offset = start + endByte;
      if (this.#isInLongLine) this.#isInLongLine = false;
      else lines.push(this.#line(text));
    }
    if (this.offset > start) return lines;
    if (read.bytes.length >= BLOCK_BYTES || (read.isPartWhole && this.#isInLongLine)) return this.#longLine(read.bytes);
    // A part ends in the middle of a line when it was put aside there: the line goes on in the next part.
    return read.isPartWhole ? this.#acrossParts(read.bytes) : [];
  }

  /** What stands behind the last line end when no more is waited for. */
  async half(): Promise<readonly TrackLine[]> {
    const read = await this.#readAt(this.offset);
    if (read.is !== "bytes" || read.bytes.length === 0 || read.bytes.includes(10)) return [];
    this.offset += read.bytes.length;
    return this.#isInLongLine ? [] : [this.#line(textOf(read.bytes))];
  }

  #longLine(bytes: Uint8Array): readonly TrackLine[] {
    const isFirst = !this.#isInLongLine;
    this.#isInLongLine = true;
    this.offset += bytes.length;
    return isFirst ? [this.#line(textOf(bytes))] : [];
  }

  async #acrossParts(bytes: Uint8Array): Promise<readonly TrackLine[]> {
    const next = await this.#readAt(this.offset + bytes.length);
    if (next.is !== "bytes") return [];
    const end = next.bytes.indexOf(10);
    if (end < 0) return next.isPartWhole || next.bytes.length >= BLOCK_BYTES ? this.#longLine(bytes) : [];
    const whole = new Uint8Array(bytes.length + end);
    whole.set(bytes);
    whole.set(next.bytes.subarray(0, end), bytes.length);
    this.offset += whole.length + 1;
    return [this.#line(textOf(whole))];
  }

  #line(text: string): TrackLine {
    const at = timeOfText(text) ?? (this.stampsNow ? this.#deps.clock.now() : null);
    return {
      record: { is: "line", at, cursor: "", level: undefined, text, stream: this.#isShared ? null : this.#stream },
      track: this,
      offset: this.offset,
    };
  }

  async #parts(): Promise<readonly SupervisedPart[]> {
    const parts = (await this.#deps.logs.parts(this.#name)) ?? [];
    this.#isShared = parts.some(({ stream }) => stream === undefined);
    return parts.filter(({ stream }) => (stream ?? "stdout") === this.#stream);
  }

  async #readAt(
    offset: number,
  ): Promise<
    | { readonly is: "bytes"; readonly bytes: Uint8Array; readonly isPartWhole: boolean }
    | { readonly is: "nothing" }
    | { readonly is: "gone"; readonly fromByte: number }
  > {
    const parts = await this.#parts();
    const first = parts[0];
    if (first === undefined || offset >= parts.at(-1)!.toByte) return { is: "nothing" };
    if (offset < first.fromByte) return { is: "gone", fromByte: first.fromByte };
    const part = parts.find(({ fromByte, toByte }) => fromByte <= offset && offset < toByte);
    if (part === undefined) return { is: "nothing" };
    const read = await readOf(this.#deps.host, part, offset);
    // Files may have been renamed, or given their beginning back, between the two: then these bytes are others.
    const after = (await this.#parts()).find(({ path }) => path === part.path);
    if (after?.fromByte !== part.fromByte) return this.#readAt(offset);
    if (read === undefined) return { is: "nothing" };
    const isLast = part === parts.at(-1);
    return { is: "bytes", bytes: read.bytes, isPartWhole: !isLast && offset + read.bytes.length >= part.toByte };
  }

  async #lastLines(linesMax: number): Promise<number> {
    const parts = await this.#parts();
    let ends = 0;
    for (const part of parts.toReversed()) {
      for (let upTo = part.toByte; upTo > part.fromByte;) {
        const from = Math.max(part.fromByte, upTo - BLOCK_BYTES);
        const bytes = (await this.#deps.host.readPart(part.path, from - zeroOf(part), upTo - from))?.bytes;
        if (bytes === undefined) return upTo;
        for (let at = bytes.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1))
          if (ends++ === linesMax) return from + at + 1;
        upTo = from;
      }
    }
    return parts[0]?.fromByte ?? 0;
  }
}

const zeroOf = ({ zeroByte, fromByte }: SupervisedPart): number => zeroByte ?? fromByte;

const readOf = (host: ActingHost, part: SupervisedPart, offset: number): Promise<FilePart | undefined> =>
  host.readPart(part.path, offset - zeroOf(part), Math.min(BLOCK_BYTES, part.toByte - offset));

/** The cursor says where both streams stand after this line. */
function withCursor({ record, track, offset }: TrackLine, tracks: readonly Track[]): LogRecord {
  if (record.is === "gap") return record;
  const [stdout = 0, stderr = 0] = tracks.map((each) => (each === track ? offset : each.offset));
  return { ...record, cursor: `s1:${stdout}:${stderr}` };
}
