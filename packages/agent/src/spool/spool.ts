import { mkdirSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, HOUR_MS, MINUTE_MS, hasSequence } from "@muster/core";
import type { Clock, Logger, SequenceRanges } from "@muster/core";
import type { Batch } from "./batch.ts";
import { SegmentWriter, deleteSegment, readSegment, summarize } from "./segment.ts";

/** Kept at most this long. */
export const SPOOL_AGE_MS_MAX = 7 * DAY_MS;
/** A time before this was given by a clock that nobody had set, and says nothing of an age. */
const CLOCK_SET_AFTER = Date.UTC(2025, 0, 1);
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
/** Below this much free space, or this share of the disk where that is less, the spool does not grow. */
const FREE_BYTES_MIN = 512 * 1024 * 1024;
const FREE_RATIO_MIN = 0.05;
/** What is held in memory while the disk takes nothing. */
const RING_AGE_MS_MAX = HOUR_MS;
const RING_BYTES_MAX = 8 * 1024 * 1024;
/** How often a disk that refused is tried again. */
const RETRY_MS = MINUTE_MS;

export interface SpoolConfig {
  readonly directory: string;
  readonly bytesMax: number;
  /** Smaller ones in tests. */
  readonly segmentBytesMax?: number;
}

/** One segment file and which of its batches the hub has not acknowledged. */
interface Segment {
  readonly path: string;
  bytes: number;
  newestAt: number;
  /** Sequence number to number of samples. */
  readonly waiting: Map<number, number>;
}

/**
 * Batches that wait on disk for the hub. Oldest go first when there are too many, counted in samples. When the disk
 * refuses, an hour of them waits in memory instead. Nothing here throws: a full disk must not stop the readings.
 */
export class Spool {
  readonly #config: SpoolConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #segments: Segment[] = [];
  #writer: { readonly file: SegmentWriter; readonly segment: Segment } | undefined;
  #ring: { readonly batch: Batch; readonly sinceMs: number }[] = [];
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #droppedSamples = 0;
  #damagedRecords = 0;
  #isRefused = false;

  /** Reads what an earlier run left; damage is counted and logged. */
  constructor(config: SpoolConfig, deps: { readonly clock: Clock; readonly log: Logger }) {
    this.#config = config;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#open();
  }

  /** Samples dropped since the start because the spool was full or too old. */
  get droppedSamples(): number {
    return this.#droppedSamples;
  }

  get damagedRecords(): number {
    return this.#damagedRecords;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Whether the disk refuses at present, so that the newest hour waits in memory. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  get isEmpty(): boolean {
    return this.#ring.length === 0 && this.#segments.every((segment) => segment.waiting.size === 0);
  }

  /** The lowest number that waits, undefined when none does. */
  get lowestSeq(): number | undefined {
    let lowest = this.#ring[0]?.batch.seq;
    for (const segment of this.#segments)
      for (const seq of segment.waiting.keys()) if (lowest === undefined || seq < lowest) lowest = seq;
    return lowest;
  }

  /** The highest number found; 0 when none. */
  get highestSeq(): number {
    let highest = this.#ring.at(-1)?.batch.seq ?? 0;
    for (const segment of this.#segments) for (const seq of segment.waiting.keys()) highest = Math.max(highest, seq);
    return highest;
  }

  /** Keeps these batches, durable when it returns unless the disk refuses. In order of their numbers. */
  append(batches: readonly Batch[]): void {
    if (batches.length === 0) return;
    const nowMs = this.#clock.monotonic();
    if (this.#isRefused && nowMs < this.#retryAtMs) return this.#hold(batches);
    const all = [...this.#ring.map((held) => held.batch), ...batches];
    try {
      for (const batch of all) this.#write(batch);
      this.#writer?.file.sync();
      this.#ring = [];
      if (this.#isRefused) this.#log.info("the spool's disk takes samples again", { batches: all.length });
      this.#isRefused = false;
    } catch (error) {
      this.#refuse(error);
      // What the file got of them may or may not be durable: memory is what counts.
      for (const segment of [...this.#segments]) {
        for (const batch of all) segment.waiting.delete(batch.seq);
        if (segment.waiting.size === 0) this.#remove(segment);
      }
      this.#hold(batches);
    }
    this.#dropTooMuch();
  }

  /** The oldest batches that wait and are not `excluded`, at most `countMax`. */
  oldest(countMax: number, excluded: (seq: number) => boolean): readonly Batch[] {
    const found: Batch[] = [];
    for (const segment of this.#segments) {
      if (found.length >= countMax) break;
      if (![...segment.waiting.keys()].some((seq) => !excluded(seq))) continue;
      const { batches } = this.#readCached(segment);
      const readable = new Set(batches.map((batch) => batch.seq));
      for (const [seq] of segment.waiting) if (!readable.has(seq)) this.#forgetUnreadable(segment, seq);
      for (const batch of batches) {
        if (found.length >= countMax) break;
        if (segment.waiting.has(batch.seq) && !excluded(batch.seq)) found.push(batch);
      }
    }
    for (const { batch } of this.#ring) if (found.length < countMax && !excluded(batch.seq)) found.push(batch);
    return found;
  }

  /** The hub has these durably. */
  acknowledge(ranges: SequenceRanges): void {
    if (ranges.length === 0) return;
    for (const segment of [...this.#segments]) {
      for (const seq of segment.waiting.keys()) if (hasSequence(ranges, seq)) segment.waiting.delete(seq);
      if (segment.waiting.size === 0) this.#remove(segment);
    }
    if (this.#ring.length > 0) this.#ring = this.#ring.filter(({ batch }) => !hasSequence(ranges, batch.seq));
  }

  close(): void {
    // The last try for what only memory holds.
    this.#retryAtMs = Number.NEGATIVE_INFINITY;
    const held = this.#ring.map(({ batch }) => batch);
    this.#ring = [];
    this.append(held);
    this.#closeWriter();
  }

  #open(): void {
    const { directory } = this.#config;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const name of readdirSync(directory).sort()) {
        if (!name.endsWith(".seg")) continue;
        const found = summarize(join(directory, name));
        this.#damagedRecords += found.damaged;
        const segment = {
          path: found.path,
          bytes: found.bytes,
          newestAt: found.newestAt,
          waiting: new Map(found.samples),
        };
        if (segment.waiting.size === 0) deleteSegment(segment.path);
        else this.#segments.push(segment);
      }
    } catch (error) {
      this.#refuse(error);
    }
    if (this.#damagedRecords > 0) this.#log.warn("parts of the spool are damaged", { records: this.#damagedRecords });
    this.#dropTooMuch();
  }

  #write(batch: Batch): void {
    const { segmentBytesMax = SEGMENT_BYTES_MAX } = this.#config;
    if (this.#writer !== undefined && this.#writer.file.bytes >= segmentBytesMax) {
      this.#writer.file.sync();
      this.#closeWriter();
    }
    if (this.#writer === undefined) {
      this.#checkSpace();
      const path = join(this.#config.directory, `${String(batch.seq).padStart(16, "0")}.seg`);
      // After a refusal the same batch comes again, and its first file may be there: what it holds is not believed.
      deleteSegment(path);
      const file = new SegmentWriter(path);
      const segment: Segment = { path, bytes: 0, newestAt: 0, waiting: new Map() };
      this.#segments.push(segment);
      this.#writer = { file, segment };
    }
    const { file, segment } = this.#writer;
    file.append(batch);
    segment.bytes = file.bytes;
    segment.newestAt = Math.max(segment.newestAt, batch.at);
    segment.waiting.set(batch.seq, batch.samples);
    if (this.#cached?.segment === segment) this.#cached = undefined;
  }

  #checkSpace(): void {
    const { blocks, bavail, bsize } = statfsSync(this.#config.directory);
    const floorBytes = Math.min(FREE_BYTES_MIN, blocks * bsize * FREE_RATIO_MIN);
    if (bavail * bsize < floorBytes)
      throw new Error("the disk is nearly full, and the rest of it is not for the spool");
  }

  #refuse(error: unknown): void {
    this.#retryAtMs = this.#clock.monotonic() + RETRY_MS;
    if (!this.#isRefused) this.#log.warn("the spool cannot be written; the newest hour waits in memory", { error });
    this.#isRefused = true;
    // A failed fsync is never repeated on the same file: what it says the second time means nothing.
    this.#closeWriter();
  }

  #hold(batches: readonly Batch[]): void {
    const nowMs = this.#clock.monotonic();
    const ring = this.#ring;
    for (const batch of batches) ring.push({ batch, sinceMs: nowMs });
    let bytes = ring.reduce((sum, { batch }) => sum + batch.rows.length, 0);
    let first = 0;
    for (const { batch, sinceMs } of ring) {
      if (bytes <= RING_BYTES_MAX && nowMs - sinceMs <= RING_AGE_MS_MAX) break;
      bytes -= batch.rows.length;
      this.#droppedSamples += batch.samples;
      first++;
    }
    if (first > 0) this.#ring = ring.slice(first);
  }

  /** Oldest first, when there are too many bytes or days. */
  #dropTooMuch(): void {
    let bytes = this.bytes;
    for (const segment of [...this.#segments]) {
      const isTooOld =
        segment.newestAt >= CLOCK_SET_AFTER &&
        segment.newestAt < this.#clock.now() - SPOOL_AGE_MS_MAX &&
        segment !== this.#writer?.segment;
      if (bytes <= this.#config.bytesMax && !isTooOld) continue;
      if (segment === this.#writer?.segment && this.#segments.length === 1) continue;
      bytes -= segment.bytes;
      for (const samples of segment.waiting.values()) this.#droppedSamples += samples;
      this.#remove(segment);
    }
  }

  #remove(segment: Segment): void {
    if (segment === this.#writer?.segment) this.#closeWriter();
    if (this.#cached?.segment === segment) this.#cached = undefined;
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    deleteSegment(segment.path);
  }

  #forgetUnreadable(segment: Segment, seq: number): void {
    this.#droppedSamples += segment.waiting.get(seq) ?? 0;
    this.#damagedRecords++;
    segment.waiting.delete(seq);
  }

  #closeWriter(): void {
    try {
      this.#writer?.file.close();
    } catch {
      // Its descriptor is of no more use in any case.
    }
    this.#writer = undefined;
  }

  /** Back-fill takes a segment in many parts; it is read from disk once. */
  #cached: { readonly segment: Segment; readonly read: ReturnType<typeof readSegment> } | undefined;
  #readCached(segment: Segment): ReturnType<typeof readSegment> {
    if (this.#cached?.segment !== segment) this.#cached = { segment, read: readSegment(segment.path) };
    return this.#cached.read;
  }
}
