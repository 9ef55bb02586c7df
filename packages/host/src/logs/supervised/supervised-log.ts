import { timeOfText, wait } from "@muster/core";
import type { ActingHost, FilePart, WatchStart } from "../../host.ts";
import { FOLLOW_EVERY_MS } from "../log-source.ts";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { concatenated, splitLines, textOf } from "../split-lines.ts";

/** A file that holds the bytes `fromByte` to `toByte` of everything a service ever printed. */
export interface SupervisedPart {
  readonly path: string;
  readonly fromByte: number;
  readonly toByte: number;
  /** Where the file's own first byte stands, when what came before `fromByte` was cut out of it; `fromByte` otherwise. */
  readonly zeroByte?: number;
}

/** Who keeps the output of supervised processes. */
export interface SupervisedLogs {
  /** Oldest first, with a hole where bytes were dropped; undefined when nothing of this name was ever started here. */
  parts(name: string): Promise<readonly SupervisedPart[] | undefined>;
}

export interface SupervisedLogDeps extends LogSourceDeps {
  readonly logs: SupervisedLogs;
}

const BLOCK_BYTES = 256 * 1024;
/** A directory that is watched is looked at so often, too. */
const LOOK_EVERY_MS = 1_000;
/** The second number is of a time when two outputs had a place each. */
const CURSOR = /^s1:(\d{1,16}):\d{1,16}$/;

/** Output of processes that the agent runs: a position counts all bytes since the first, whichever file they are in now. */
export class SupervisedLog implements LogSourceReader {
  readonly #deps: SupervisedLogDeps;

  constructor(deps: SupervisedLogDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    // Ends the watch also where the reading breaks off, or is read no further.
    const over = new AbortController();
    try {
      yield* this.#read(ask, AbortSignal.any([signal, over.signal]));
    } finally {
      over.abort();
    }
  }

  async *#read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const track = new Track(ask.name, this.#deps);
    const wake = new Wake(this.#deps, signal);
    await track.begin(ask);
    let isCaughtUp = false;
    while (!signal.aborted) {
      for (let step = await track.step(); step.length > 0; step = await track.step()) {
        yield step;
        if (signal.aborted) return;
      }
      if (!ask.follow) {
        const half = await track.half();
        if (half.length > 0) yield half;
        return;
      }
      if (!isCaughtUp) yield [{ is: "caught-up" }];
      isCaughtUp = true;
      track.stampsNow = true;
      await wake.next(track.directory);
    }
  }
}

/** Waits until something may have been written: until the kernel says so, or where it cannot, a moment. */
class Wake {
  readonly #deps: SupervisedLogDeps;
  readonly #signal: AbortSignal;
  #watch: WatchStart | undefined;
  /** Aborts when something was written, and with the reading. */
  #changed = new AbortController();

  constructor(deps: SupervisedLogDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#changed.abort(), { once: true });
  }

  async next(directory: string | undefined): Promise<void> {
    const { host, clock } = this.#deps;
    const wasWatching = this.#watch === "watching";
    if (directory !== undefined)
      this.#watch ??= host.watchDirectory?.(directory, () => this.#changed.abort(), this.#signal) ?? "cannot";
    await wait(clock, FOLLOW_EVERY_MS, this.#signal);
    // What came before the watch began is told by nobody.
    if (wasWatching) await wait(clock, LOOK_EVERY_MS, this.#changed.signal);
    this.#changed = new AbortController();
  }
}

/** One reading: where it stands. */
class Track {
  readonly #name: string;
  readonly #deps: SupervisedLogDeps;
  #offset = 0;
  #isInLongLine = false;
  stampsNow = false;
  /** Where the newest output is; undefined before there is any. */
  directory: string | undefined;

  constructor(name: string, deps: SupervisedLogDeps) {
    this.#name = name;
    this.#deps = deps;
  }

  async begin({ afterCursor, linesMax }: RecordAsk): Promise<void> {
    if ((await this.#deps.logs.parts(this.#name)) === undefined)
      throw new Error(`nothing of the name ${this.#name} was ever started here`);
    const found = afterCursor === undefined ? undefined : CURSOR.exec(afterCursor);
    if (found === null) throw new Error("the cursor is not one of a supervised service");
    this.#offset = found === undefined ? await this.#lastLines(linesMax) : Number(found[1]);
  }

  /** The next whole lines; none at the end. */
  async step(): Promise<readonly LogRecord[]> {
    for (;;) {
      const before = this.#offset;
      const lines = await this.#block();
      if (lines.length > 0 || this.#offset === before) return lines;
    }
  }

  /** As many lines as are in one reading; none when that was the rest of a long line, or there is nothing whole. */
  async #block(): Promise<readonly LogRecord[]> {
    const read = await this.#readAt(this.#offset);
    if (read.is === "nothing") return [];
    if (read.is === "gone") {
      this.#offset = read.fromByte;
      this.#isInLongLine = false;
      const why = "older output was removed";
      return [{ is: "gap", dropped: null, why }];
    }
    const start = this.#offset;
    const lines: LogRecord[] = [];
    for (const { text, endByte } of splitLines(read.bytes)) {
      this.#offset = start + endByte;
      if (this.#isInLongLine) this.#isInLongLine = false;
      else lines.push(this.#line(text));
    }
    if (this.#offset > start) return lines;
    if (read.bytes.length >= BLOCK_BYTES || (read.isPartWhole && this.#isInLongLine)) return this.#longLine(read.bytes);
    // A part ends in the middle of a line when it was put aside there: the line goes on in the next part.
    return read.isPartWhole ? this.#acrossParts(read.bytes) : [];
  }

  /** What stands behind the last line end when no more is waited for. */
  async half(): Promise<readonly LogRecord[]> {
    const read = await this.#readAt(this.#offset);
    if (read.is !== "bytes" || read.bytes.length === 0 || read.bytes.includes(10)) return [];
    this.#offset += read.bytes.length;
    return this.#isInLongLine ? [] : [this.#line(textOf(read.bytes))];
  }

  #longLine(bytes: Uint8Array): readonly LogRecord[] {
    const isFirst = !this.#isInLongLine;
    this.#isInLongLine = true;
    this.#offset += bytes.length;
    return isFirst ? [this.#line(textOf(bytes))] : [];
  }

  async #acrossParts(bytes: Uint8Array): Promise<readonly LogRecord[]> {
    const next = await this.#readAt(this.#offset + bytes.length);
    // Its rest was dropped.
    if (next.is === "gone") return this.#longLine(bytes);
    if (next.is === "nothing") return [];
    const end = next.bytes.indexOf(10);
    if (end < 0) return next.isPartWhole || next.bytes.length >= BLOCK_BYTES ? this.#longLine(bytes) : [];
    const whole = concatenated(bytes, next.bytes.subarray(0, end));
    this.#offset += whole.length + 1;
    return [this.#line(textOf(whole))];
  }

  #line(text: string): LogRecord {
    const at = timeOfText(text) ?? (this.stampsNow ? this.#deps.clock.now() : null);
    return { is: "line", at, cursor: `s1:${this.#offset}:0`, level: undefined, text, stream: null };
  }

  async #parts(): Promise<readonly SupervisedPart[]> {
    const parts = (await this.#deps.logs.parts(this.#name)) ?? [];
    const newest = parts.at(-1)?.path;
    if (newest !== undefined) this.directory = newest.slice(0, newest.lastIndexOf("/")) || "/";
    return parts;
  }

  async #readAt(
    offset: number,
  ): Promise<
    | { readonly is: "bytes"; readonly bytes: Uint8Array; readonly isPartWhole: boolean }
    | { readonly is: "nothing" }
    | { readonly is: "gone"; readonly fromByte: number }
  > {
    const parts = await this.#parts();
    const part = parts.find(({ toByte }) => offset < toByte);
    if (part === undefined) return { is: "nothing" };
    if (offset < part.fromByte) return { is: "gone", fromByte: part.fromByte };
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
