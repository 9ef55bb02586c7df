import { timeOfText, wait } from "@muster/core";
import { FOLLOW_EVERY_MS } from "../log-source.ts";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { concatenated, splitLines, textOf } from "../split-lines.ts";
import { formatFileCursor, markOf, MARK_BYTES, parseFileCursor } from "./file-cursor.ts";
import { lastLinesFrom } from "./last-lines.ts";
import { RotatedFiles } from "./rotated-files.ts";
import type { ChainFile } from "./rotated-files.ts";

const BLOCK_BYTES = 256 * 1024;
/** A line longer than this is given out in what it has so far; its rest is passed over. */
const LONG_LINE_BYTES = BLOCK_BYTES - MARK_BYTES;
/** Files that were put aside are looked through so often while nothing happens to the file itself. */
const CHAIN_EVERY_MS = 1_000;

/** Plain files by absolute path, without gap or double when they are rotated by renaming or by copying and emptying. */
export class FileLog implements LogSourceReader {
  readonly #deps: LogSourceDeps;

  constructor(deps: LogSourceDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const files = new RotatedFiles(this.#deps.host, ask.name);
    const walk = new FileWalk(files, this.#deps);
    const gap = await walk.begin(ask);
    if (gap !== undefined) yield [gap];
    let isCaughtUp = false;
    while (!signal.aborted) {
      yield* walk.drain(signal);
      if (signal.aborted) return;
      const moved = await walk.moveOn(signal);
      yield* moved.records;
      if (moved.is === "elsewhere") continue;
      if (!ask.follow) {
        yield* walk.halfLine();
        return;
      }
      if (!isCaughtUp) yield [{ is: "caught-up" }];
      isCaughtUp = true;
      walk.stampsNow = true;
      await wait(this.#deps.clock, FOLLOW_EVERY_MS, signal);
    }
  }
}

/** Where in the chain of files one reading stands. */
class FileWalk {
  readonly #files: RotatedFiles;
  readonly #deps: LogSourceDeps;
  #path: string;
  #identity = "";
  /** Where the next line begins, or in the middle of a long one. */
  #offset = 0;
  /** The bytes just before it. */
  #tail: Uint8Array = new Uint8Array(0);
  #isInLongLine = false;
  #seenBytes = -1;
  /** When nothing newer was found in the chain, and what the file itself was then. */
  #ended: { readonly current: string; readonly atMs: number } | undefined;
  /** Lines are as new as their reading: then that is their time, where they do not say one. */
  stampsNow = false;

  constructor(files: RotatedFiles, deps: LogSourceDeps) {
    this.#files = files;
    this.#deps = deps;
    this.#path = files.path;
  }

  /** Goes to the first line that is asked for; the record says what is missing before it. */
  async begin(ask: RecordAsk): Promise<LogRecord | undefined> {
    const { host } = this.#deps;
    if (ask.afterCursor !== undefined) {
      const place = parseFileCursor(ask.afterCursor);
      if (place === undefined) throw new Error("the cursor is not one of a file");
      const chain = await this.#files.chain();
      const file = await this.#files.find(place, chain);
      if (file === undefined) {
        if (chain[0] === undefined) throw new Error(notReadable(this.#path));
        await this.#goTo(chain[0], 0);
        return {
          is: "gap",
          dropped: null,
          why: "the lines after the last one seen are gone: the file was rotated away",
        };
      }
      await this.#goTo(file, place.offset);
      return undefined;
    }
    const part = await host.readPart(this.#path, 0, 0);
    if (part === undefined) throw new Error(notReadable(this.#path));
    const file = { path: this.#path, identity: part.identity, sizeBytes: part.sizeBytes };
    await this.#goTo(file, await lastLinesFrom(host, file, ask.linesMax));
    return undefined;
  }

  async #goTo(file: ChainFile, offset: number): Promise<void> {
    this.#path = file.path;
    this.#identity = file.identity;
    this.#offset = offset;
    this.#isInLongLine = false;
    this.#seenBytes = -1;
    this.#ended = undefined;
    const from = Math.max(0, offset - MARK_BYTES);
    this.#tail = (await this.#deps.host.readPart(file.path, from, offset - from))?.bytes ?? new Uint8Array(0);
  }

  /** Whole lines up to the present end of the file; stops where the file is another one by now. */
  async *drain(signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    while (!signal.aborted) {
      const part = await this.#deps.host.readPart(this.#path, this.#offset - this.#tail.length, BLOCK_BYTES);
      if (part === undefined || !this.#isStill(part)) return;
      const fresh = part.bytes.subarray(this.#tail.length);
      this.#seenBytes = this.#offset + fresh.length;
      const before = this.#offset;
      const records = this.#linesOf(fresh);
      if (records.length > 0) yield records;
      // It may have been the rest of a long line, of which nothing is told.
      if (this.#offset > before) continue;
      if (fresh.length < LONG_LINE_BYTES) return;
      yield this.#longLine(fresh);
    }
  }

  #isStill({ bytes, sizeBytes, identity }: { bytes: Uint8Array; sizeBytes: number; identity: string }): boolean {
    return (
      identity === this.#identity &&
      sizeBytes >= this.#offset &&
      bytes.length >= this.#tail.length &&
      this.#tail.every((byte, index) => bytes[index] === byte)
    );
  }

  #linesOf(fresh: Uint8Array): LogRecord[] {
    const start = this.#offset;
    const context = concatenated(this.#tail, fresh);
    const shift = this.#tail.length;
    const records: LogRecord[] = [];
    for (const { text, endByte } of splitLines(fresh)) {
      const end = shift + endByte;
      this.#offset = start + endByte;
      this.#tail = context.subarray(Math.max(0, end - MARK_BYTES), end);
      // The rest of a line of which enough was told.
      if (this.#isInLongLine) this.#isInLongLine = false;
      else records.push(this.#record(text));
    }
    return records;
  }

  /** The block has no end of a line: its beginning is told once, the rest passed over. */
  #longLine(fresh: Uint8Array): readonly LogRecord[] {
    const isFirst = !this.#isInLongLine;
    this.#isInLongLine = true;
    this.#advance(fresh);
    return isFirst ? [this.#record(textOf(fresh))] : [];
  }

  /** What stands behind the last line end when nothing more will come. */
  async *halfLine(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const part = await this.#deps.host.readPart(this.#path, this.#offset - this.#tail.length, BLOCK_BYTES);
    if (part === undefined || !this.#isStill(part)) return;
    const fresh = part.bytes.subarray(this.#tail.length);
    if (fresh.length === 0 || fresh.includes(10)) return;
    this.#advance(fresh);
    if (!this.#isInLongLine) yield [this.#record(textOf(fresh))];
  }

  #advance(fresh: Uint8Array): void {
    const context = concatenated(this.#tail, fresh);
    this.#offset += fresh.length;
    this.#tail = context.slice(Math.max(0, context.length - MARK_BYTES));
  }

  #record(text: string): LogRecord {
    const cursor = formatFileCursor({ identity: this.#identity, offset: this.#offset, mark: markOf(this.#tail) });
    const at = timeOfText(text) ?? (this.stampsNow ? this.#deps.clock.now() : null);
    return { is: "line", at, cursor, level: undefined, text, stream: null };
  }

  /**
   * At the end of a file: whether there is more of it, or of the next one. A file that was put aside is left only when
   * the next one has something in it, because until then its writer still writes to the old one.
   */
  async moveOn(
    signal: AbortSignal,
  ): Promise<{ readonly is: "elsewhere" | "here"; readonly records: readonly (readonly LogRecord[])[] }> {
    const { host, clock } = this.#deps;
    const here = { is: "here", records: [] } as const;
    if (this.#path === this.#files.path) {
      const probe = await host.readPart(this.#path, this.#offset - this.#tail.length, this.#tail.length);
      if (probe !== undefined && this.#isStill(probe))
        return probe.sizeBytes > this.#seenBytes ? { is: "elsewhere", records: [] } : here;
    }
    const part = await host.readPart(this.#files.path, 0, 0);
    const current = part === undefined ? "" : `${part.identity}:${part.sizeBytes}`;
    const atMs = clock.monotonic();
    if (this.#ended?.current === current && atMs - this.#ended.atMs < CHAIN_EVERY_MS) return here;
    const chain = await this.#files.chain();
    this.#ended = { current, atMs };
    const place = { identity: this.#identity, offset: this.#offset, mark: markOf(this.#tail) };
    const file = await this.#files.find(place, chain);
    if (file === undefined) return this.#lost(chain);
    if (file.path !== this.#path || file.identity !== this.#identity) {
      const isInLongLine = this.#isInLongLine;
      await this.#goTo(file, this.#offset);
      this.#isInLongLine = isInLongLine;
      return { is: "elsewhere", records: [] };
    }
    const newer = chain.slice(0, chain.indexOf(file)).findLast(({ sizeBytes }) => sizeBytes > 0);
    if (newer === undefined) return file.sizeBytes > this.#seenBytes ? { is: "elsewhere", records: [] } : here;
    const records: (readonly LogRecord[])[] = [];
    for await (const rest of this.drain(signal)) records.push(rest);
    for await (const half of this.halfLine()) records.push(half);
    await this.#goTo(newer, 0);
    return { is: "elsewhere", records };
  }

  /** The place is nowhere any more. */
  async #lost(
    chain: readonly ChainFile[],
  ): Promise<{ readonly is: "elsewhere" | "here"; readonly records: readonly (readonly LogRecord[])[] }> {
    const current = chain.find(({ path }) => path === this.#files.path);
    // Between two files: the old one is away, the new one not there yet.
    if (current === undefined) return { is: "here", records: [] };
    const isUntouched = this.#offset === 0;
    await this.#goTo(current, 0);
    if (isUntouched) return { is: "elsewhere", records: [] };
    const why = "the file was emptied or replaced; what was written just before may be missing";
    return { is: "elsewhere", records: [[{ is: "gap", dropped: null, why }]] };
  }
}

const notReadable = (path: string): string =>
  `${path} is not there, may not be read, is no plain file, or a symbolic link leads to it`;
