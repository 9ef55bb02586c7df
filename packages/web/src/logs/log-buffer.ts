import type { LogItemView } from "@muster/protocol";

/** Lines that a page keeps; older ones go first. */
export const LINES_KEPT_MAX = 100_000;
/** So many go at once, so that a full buffer does not copy itself at every line. */
const CUT = 10_000;

export interface BufferedItem {
  /** Counts up with each item, and never again for another. */
  readonly seq: number;
  readonly item: LogItemView;
}

/** The lines of a page in the order in which they came, at most so many. */
export class LogBuffer {
  readonly #kept: number;
  readonly #cut: number;
  #items: BufferedItem[] = [];
  #nextSeq = 0;
  #cutCount = 0;

  constructor(kept = LINES_KEPT_MAX, cut = CUT) {
    this.#kept = kept;
    this.#cut = cut;
  }

  /** The same array until something is appended or cut. */
  get items(): readonly BufferedItem[] {
    return this.#items;
  }

  /** How many were cut off at the beginning so far. */
  get cutCount(): number {
    return this.#cutCount;
  }

  append(items: readonly LogItemView[]): void {
    if (items.length === 0) return;
    const next = [...this.#items, ...items.map((item) => ({ seq: this.#nextSeq++, item }))];
    const over = next.length > this.#kept ? Math.max(next.length - this.#kept, this.#cut) : 0;
    this.#cutCount += Math.min(over, next.length);
    this.#items = over === 0 ? next : next.slice(over);
  }
}
