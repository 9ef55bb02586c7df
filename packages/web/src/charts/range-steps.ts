import { DEFAULT_RANGE, fixedRange, formatRange, parseRange, shownSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";

/** Closer, further, to the side and back: every way of changing a time range, with the memory that going back needs. */
export class RangeSteps {
  readonly #now: () => number;
  #here: ChartRange = parseRange(DEFAULT_RANGE);
  #write: (text: string | undefined) => void = () => undefined;
  readonly #came: ChartRange[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Tells where one is and how the address is written; undefined is the usual range. */
  follow(here: ChartRange, write: (text: string | undefined) => void): void {
    this.#here = here;
    this.#write = write;
  }

  readonly onRange = (next: ChartRange): void => {
    const text = formatRange(next);
    this.#write(text === DEFAULT_RANGE ? undefined : text);
  };

  readonly onZoom = (from: number, to: number): void => {
    this.#came.push(this.#here);
    this.onRange(fixedRange(from, to, this.#now()));
  };

  /** To where the last look closer began; without one, to the usual range. */
  readonly onBack = (): void => {
    if (this.#here.is === "live") return;
    let before = this.#came.pop();
    // The browser's own way back may have been taken meanwhile.
    while (before && formatRange(before) === formatRange(this.#here)) before = this.#came.pop();
    this.onRange(before ?? parseRange(DEFAULT_RANGE));
  };

  /** By so many windows to the right, then so many times as wide. */
  readonly onMove = (windows: number, factor: number): void => {
    const { from, to } = shownSpan(this.#here, this.#now());
    const middle = (from + to) / 2 + windows * (to - from);
    const half = (factor * (to - from)) / 2;
    this.onRange(fixedRange(middle - half, middle + half, this.#now()));
  };

  readonly onWider = (): void => this.onMove(0, 2);
}
