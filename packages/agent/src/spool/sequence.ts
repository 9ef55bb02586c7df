import { readFileSync } from "node:fs";
import { writeFileDurably } from "@muster/node-kit";

/**
 * Numbers set aside by one write, renewed when half are used: with a round every 5 s a disk may refuse writes for six
 * days before a round has no number. A gap costs nothing.
 */
const RESERVE = 200_000;

/**
 * Numbers of batches, never given twice: an upper bound is durable before any number below it is used, so that after a
 * crash the count goes on above whatever may have been sent.
 */
export class Sequence {
  readonly #path: string;
  #last: number;
  #bound: number;

  /** @param atLeast the highest number found elsewhere (spool), should the file be lost. */
  constructor(path: string, atLeast: number) {
    this.#path = path;
    this.#last = Math.max(readBound(path), atLeast);
    this.#bound = this.#last;
  }

  /** The highest number given out or possibly given out before; 0 when none. */
  get last(): number {
    return this.#last;
  }

  /** Undefined when all that was set aside is used and no more can be: a number that a crash could repeat is not given. */
  next(): number | undefined {
    if (this.#bound - this.#last < RESERVE / 2) this.#tryReserve();
    return this.#last < this.#bound ? ++this.#last : undefined;
  }

  /** After a clean stop no numbers need to be skipped. */
  close(): void {
    if (this.#bound !== this.#last) this.#reserve(this.#last);
  }

  /** The hub holds a number this high: the state directory is older than what was sent. */
  raiseTo(seq: number): void {
    if (seq <= this.#last) return;
    this.#last = seq;
    this.#tryReserve();
  }

  #tryReserve(): void {
    try {
      this.#reserve(this.#last + RESERVE);
    } catch {
      // Tried again with the next number; until then the rest of the old reserve serves.
    }
  }

  #reserve(bound: number): void {
    writeFileDurably(this.#path, `${bound}\n`, 0o600);
    this.#bound = bound;
  }
}

function readBound(path: string): number {
  try {
    const bound = Number(readFileSync(path, "utf8").trim());
    return Number.isSafeInteger(bound) && bound >= 0 ? bound : 0;
  } catch {
    return 0;
  }
}
