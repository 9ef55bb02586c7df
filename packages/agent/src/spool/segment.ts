import type { Instant } from "@muster/core";
import { closeSync, fdatasyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { syncDirectory } from "@muster/node-kit";
import { dirname } from "node:path";
import type { Batch } from "./batch.ts";
import { encodeRecord, scanRecords } from "./record.ts";

/** A definition is written again after this many batches, so that one damaged record does not take a whole segment. */
const BATCHES_PER_DEFINITION = 64;

/** What is known of a segment without reading it again. */
export interface SegmentSummary {
  readonly path: string;
  readonly bytes: number;
  readonly seqs: readonly number[];
  readonly samples: ReadonlyMap<number, number>;
  readonly newestAt: Instant;
  readonly damaged: number;
}

export interface ReadSegment {
  readonly batches: readonly Batch[];
  /** Damaged stretches, and batches whose definition was in one. */
  readonly damaged: number;
}

/**
 * Payloads are text: `D` and the JSON list of series, or `B`, sequence number, epoch ms, number of samples, newline and
 * the JSON rows. A batch belongs to the definition before it, so a segment needs nothing outside itself.
 */
export class SegmentWriter {
  readonly path: string;
  #descriptor: number;
  #bytes = 0;
  #define = "";
  #sinceDefinition = 0;

  /** @throws when the file cannot be made; a segment that exists is never written to again. */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, "wx", 0o600);
    syncDirectory(dirname(path));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes without waiting for the disk. @throws what the disk says; the segment must then be closed. */
  append(batch: Batch): void {
    if (batch.define !== this.#define || this.#sinceDefinition >= BATCHES_PER_DEFINITION) {
      this.#write(`D${batch.define}`);
      this.#define = batch.define;
      this.#sinceDefinition = 0;
    }
    this.#write(`B${batch.seq} ${batch.at} ${batch.samples}\n${batch.rows}`);
    this.#sinceDefinition++;
  }

  /** Everything appended is durable when this returns. @throws when it may not be; never asked twice. */
  sync(): void {
    fdatasyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(payload: string): void {
    const record = encodeRecord(Buffer.from(payload));
    for (let offset = 0; offset < record.length;) offset += writeSync(this.#descriptor, record, offset);
    this.#bytes += record.length;
  }
}

/** All batches that can be read, in the order written. An unreadable file has none. */
export function readSegment(path: string): ReadSegment {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return { batches: [], damaged: 1 };
  }
  const scan = scanRecords(bytes);
  let damaged = scan.damaged;
  let define: string | undefined;
  const batches: Batch[] = [];
  let beforeOffset = 0;
  for (const payload of scan.payloads) {
    // Damage before this record may have been a new definition: what follows cannot be told until the next one.
    if (payload.byteOffset - bytes.byteOffset !== beforeOffset + RECORD_HEAD_BYTES) define = undefined;
    beforeOffset = payload.byteOffset - bytes.byteOffset + payload.length;
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("utf8");
    if (text.startsWith("D")) {
      define = text.slice(1);
      continue;
    }
    const head = /^B([0-9]{1,16}) ([0-9]{1,16}) ([0-9]{1,7})\n/.exec(text);
    if (head === null || define === undefined) {
      damaged++;
      continue;
    }
    const [whole, seq, at, samples] = head;
    batches.push({
      seq: Number(seq),
      at: Number(at),
      samples: Number(samples),
      define,
      rows: text.slice(whole.length),
    });
  }
  return { batches, damaged };
}
const RECORD_HEAD_BYTES = 12;

export function summarize(path: string): SegmentSummary {
  const { batches, damaged } = readSegment(path);
  return {
    path,
    bytes: statSync(path).size,
    seqs: batches.map((batch) => batch.seq),
    samples: new Map(batches.map((batch) => [batch.seq, batch.samples])),
    newestAt: Math.max(0, ...batches.map((batch) => batch.at)),
    damaged,
  };
}

export function deleteSegment(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or a disk that takes no changes; a segment that stays is offered again, and the hub has it.
  }
}
