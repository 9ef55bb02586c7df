import { closeSync, fdatasyncSync, lstatSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Cancellable, Clock, LedgerEntry, LedgerNote, Logger } from "@muster/core";
import { randomHex, writeFileDurably } from "@muster/node-kit";

/** So many lines are kept, and the file is written anew when it has twice as many. */
const ENTRIES_MAX = 10_000;
/** Lines are gathered so long before they are written and synced together: a crash loop must not wait for the disk. */
const GATHER_MS = 20;
const CAUSE_CHARACTERS_MAX = 1_000;

export interface LedgerDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

interface Head {
  readonly ledgerId: string;
}

/**
 * What happened to this server's services and why: one file of JSON lines, numbered without a gap. The hub is told of a
 * line only when it is durable, so a number never stands for two things. A ledger that is lost begins anew under another id.
 */
export class Ledger {
  readonly id: string;
  readonly #path: string;
  readonly #deps: LedgerDeps;
  readonly #listeners = new Set<() => void>();
  readonly #entries: LedgerEntry[] = [];
  /** Noted, not yet on the disk. */
  #waiting: LedgerEntry[] = [];
  #descriptor: number;
  #timer: Cancellable | undefined;
  #seq = 0;
  #linesInFile: number;
  /** The file may end within a line: part of what the disk refused can stand there. */
  #isTorn = false;

  constructor(path: string, deps: LedgerDeps) {
    this.#path = path;
    this.#deps = deps;
    const head = this.#read();
    this.id = head?.ledgerId ?? randomHex(8);
    this.#writeAnew();
    this.#linesInFile = this.#entries.length;
    this.#descriptor = openSync(path, "a", 0o600);
  }

  /** Number of the newest durable line; 0 when there is none. */
  get newestSeq(): number {
    return this.#entries.at(-1)?.seq ?? 0;
  }

  /** Called whenever more lines are durable. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Writes down what happened just now. Never throws: what the disk refuses is tried again with the next line. */
  note(note: LedgerNote): void {
    const at = this.#deps.clock.now();
    this.#waiting.push({ ...note, cause: note.cause.slice(0, CAUSE_CHARACTERS_MAX), seq: ++this.#seq, at });
    this.#timer ??= this.#deps.clock.after(GATHER_MS, () => this.#flush());
  }

  /** Durable lines after a number, oldest first. Older ones than are kept are missing. */
  read(afterSeq: number, limit: number): readonly LedgerEntry[] {
    const first = this.#entries.findIndex((entry) => entry.seq > afterSeq);
    return first < 0 ? [] : this.#entries.slice(first, first + limit);
  }

  close(): void {
    this.#timer?.cancel();
    this.#flush();
    closeSync(this.#descriptor);
  }

  /** Anew first: while that fails nothing is said to be durable that a file without a name would hold. */
  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    try {
      if (this.#linesInFile > 2 * ENTRIES_MAX) this.#renew();
      this.#append();
    } catch (error) {
      this.#deps.log.warn("the ledger of services cannot be written", { error });
      this.#waiting = this.#waiting.slice(0, ENTRIES_MAX);
      return;
    }
    for (const listener of this.#listeners) listener();
  }

  #append(): void {
    const lines = this.#waiting.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
    this.#isTorn = true;
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#descriptor, bytes, offset);
    fdatasyncSync(this.#descriptor);
    this.#isTorn = false;
    this.#linesInFile += this.#waiting.length;
    this.#entries.push(...this.#waiting);
    this.#waiting = [];
    if (this.#entries.length > ENTRIES_MAX) this.#entries.splice(0, this.#entries.length - ENTRIES_MAX);
  }

  #renew(): void {
    this.#writeAnew();
    const anew = openSync(this.#path, "a", 0o600);
    closeSync(this.#descriptor);
    this.#descriptor = anew;
    this.#linesInFile = this.#entries.length;
    this.#isTorn = false;
  }

  #writeAnew(): void {
    const lines = [{ ledgerId: this.id } satisfies Head, ...this.#entries];
    writeFileDurably(this.#path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`, 0o600);
  }

  /** Undefined when there is no ledger that can be gone on with. */
  #read(): Head | undefined {
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const [first = "", ...lines] = readFileSync(this.#path, "utf8").split("\n");
    const head = parsed<Head>(first);
    if (typeof head?.ledgerId !== "string") return undefined;
    for (const line of lines) {
      const entry = parsed<LedgerEntry>(line);
      // What was written again after a failure stands twice; the first is as good as the second.
      if (entry !== undefined && Number.isSafeInteger(entry.seq) && entry.seq > this.#seq) {
        this.#entries.push(entry);
        this.#seq = entry.seq;
      }
    }
    this.#entries.splice(0, Math.max(0, this.#entries.length - ENTRIES_MAX));
    return head;
  }
}

function parsed<Value>(line: string): (Partial<Value> & Value) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Value) : undefined;
  } catch {
    return undefined;
  }
}
