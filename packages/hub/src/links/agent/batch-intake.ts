import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { addSequences, hasSequence, isMusterError } from "@muster/core";
import type { Logger, SequenceRanges } from "@muster/core";
import { AGENT_LIMITS, batchFrameSchema } from "@muster/protocol";
import type { BatchFrame, SeriesDefinition } from "@muster/protocol";
import type { Ingest, IngestLayout } from "../../metrics/ingest.ts";

const inflate = promisify(inflateRaw);

const HOLD_FULL_MS = 10_000;
const HOLD_BUSY_MS = 1_000;
/** Beyond this many batches waiting for the disk the socket is read no further. */
const PAUSE_AT = 48;
const RESUME_AT = 16;

export interface BatchIntakeDeps {
  readonly ingest: Ingest;
  readonly log: Logger;
  readonly serverId: string;
  readonly stream: string;
  /** Numbers that the agent does not know it has given out before: another batch has them. */
  readonly usedSeqs: SequenceRanges;
  /** Stored numbers under which another batch may come. */
  readonly doubtfulSeqs: SequenceRanges;
  readonly clockOffsetMs: () => number;
  readonly acknowledge: (seqs: SequenceRanges) => void;
  readonly hold: (forMs: number) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** A frame that breaks the protocol: the connection ends with the reason. */
export class ProtocolViolation extends Error {}

/** What the agent defined, and what came of it at the store; undefined after the store could not take it. */
interface Layout {
  readonly definitions: readonly SeriesDefinition[];
  made: Promise<IngestLayout> | undefined;
}

/** Takes the batches of one session: layouts defined once, appends in parallel, acknowledgements gathered. */
export class BatchIntake {
  readonly #deps: BatchIntakeDeps;
  readonly #layouts = new Map<number, Layout>();
  /** Series of lists that the store is asked for now. */
  #askedSeriesCount = 0;
  #answered = Promise.withResolvers<void>();
  #acknowledged: SequenceRanges = [];
  #isFlushPlanned = false;
  #pendingCount = 0;
  #isPaused = false;

  constructor(deps: BatchIntakeDeps) {
    this.#deps = deps;
  }

  /** Throws ProtocolViolation. Storing goes on after it returned. */
  take(frame: BatchFrame): void {
    if (hasSequence(this.#deps.usedSeqs, frame.seq))
      throw new ProtocolViolation("this number was given to another batch before: go on above what ready says");
    if (frame.define) {
      if (this.#layouts.size >= AGENT_LIMITS.layoutsPerSessionMax && !this.#layouts.has(frame.layout))
        throw new ProtocolViolation("too many layouts");
      this.#layouts.set(frame.layout, { definitions: frame.define, made: undefined });
    }
    const layout = this.#layouts.get(frame.layout);
    if (!layout) throw new ProtocolViolation("a batch uses a layout that was not defined");
    void this.#store(frame, this.#made(layout), this.#deps.clockOffsetMs());
  }

  /** The layout at the store, asked for again where that failed: the agent has defined it and will not do so again. */
  #made(layout: Layout): Promise<IngestLayout> {
    if (layout.made) return layout.made;
    const made = this.#make(layout.definitions);
    layout.made = made;
    // Each batch that uses it sees the failure, too; this only forgets it.
    made.catch(() => {
      if (layout.made === made) layout.made = undefined;
    });
    return made;
  }

  /** Asks for a few series at a time, so that others do not wait at the store behind all the lists of one agent. */
  async #make(definitions: readonly SeriesDefinition[]): Promise<IngestLayout> {
    const { ingest, serverId } = this.#deps;
    const isFull = (): boolean => this.#askedSeriesCount + definitions.length > AGENT_LIMITS.seriesPerLayoutMax;
    while (this.#askedSeriesCount > 0 && isFull()) await this.#answered.promise;
    this.#askedSeriesCount += definitions.length;
    try {
      return await ingest.layout(serverId, definitions);
    } finally {
      this.#askedSeriesCount -= definitions.length;
      this.#answered.resolve();
      this.#answered = Promise.withResolvers();
    }
  }

  /** A pack of batches: deflate-raw, one frame a line. Throws ProtocolViolation, also for what unfolds too large. */
  async takePack(packed: Uint8Array): Promise<void> {
    let text: string;
    try {
      text = (await inflate(packed, { maxOutputLength: AGENT_LIMITS.inflatedBytesMax })).toString("utf8");
    } catch (error) {
      throw new ProtocolViolation("a pack does not unfold within the limit", { cause: error });
    }
    // One more for the end of the last line, and one to see that there are too many.
    const lines = text.split("\n", AGENT_LIMITS.batchesPerPackMax + 2);
    if (lines.at(-1) === "") lines.pop();
    if (lines.length > AGENT_LIMITS.batchesPerPackMax) throw new ProtocolViolation("too many batches in a pack");
    for (const line of lines) {
      const frame = batchFrameSchema.safeParse(parseJson(line));
      if (!frame.success) throw new ProtocolViolation("a pack holds something that is no batch");
      this.take(frame.data as BatchFrame);
    }
  }

  async #store(frame: BatchFrame, layoutPromise: Promise<IngestLayout>, clockOffsetMs: number): Promise<void> {
    this.#pendingCount++;
    if (this.#pendingCount >= PAUSE_AT && !this.#isPaused) {
      this.#isPaused = true;
      this.#deps.pause();
    }
    try {
      const layout = await layoutPromise;
      const { ingest, serverId, stream } = this.#deps;
      await ingest.take({
        serverId,
        receipt: hasSequence(this.#deps.doubtfulSeqs, frame.seq) ? undefined : { stream, seq: frame.seq },
        layout,
        rows: frame.rows,
        late: frame.late === true,
        clockOffsetMs,
      });
      this.#acknowledged = addSequences(this.#acknowledged, frame.seq);
      if (frame.quiet !== true) this.#planFlush();
    } catch (error) {
      this.#deps.hold(isMusterError(error, "RATE_LIMITED") ? HOLD_BUSY_MS : HOLD_FULL_MS);
      if (!isMusterError(error)) this.#deps.log.error("a batch could not be stored", { error });
    } finally {
      this.#pendingCount--;
      if (this.#isPaused && this.#pendingCount <= RESUME_AT) {
        this.#isPaused = false;
        this.#deps.resume();
      }
    }
  }

  /** One commit settles many batches in one turn; they are acknowledged in one frame. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      const seqs = this.#acknowledged;
      this.#acknowledged = [];
      this.#deps.acknowledge(seqs);
    });
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ProtocolViolation("a frame is not JSON");
  }
}
