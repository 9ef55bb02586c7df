import type { Clock, LogItem, LogStreamItem } from "@muster/core";

/** What comes of reading several logs at once. */
export type MergedPiece =
  | { readonly is: "item"; readonly source: number; readonly item: LogItem }
  /** Every source that follows has told its past. */
  | { readonly is: "caught-up" }
  | { readonly is: "ended"; readonly source: number; readonly error: unknown };

/** A log that is told up to now may have a line on its way: so long others wait for it. */
const HOLD_MS = 40;
/** A log whose past is not out yet is waited for, but not for ever. */
const PAST_HOLD_MS = 10_000;

type Head =
  | { readonly is: "awaited"; readonly sinceMono: number }
  | { readonly is: "here"; readonly item: LogItem; readonly at: number }
  | { readonly is: "ended" };

/**
 * Logs merged by time; lines of one log stay in its order whatever their times say, and lines without a time go with the
 * one before. The past of all comes first; what is new comes as it arrives, by time within a blink.
 */
export async function* mergeByTime(
  iterators: readonly AsyncIterator<LogStreamItem>[],
  clock: Clock,
): AsyncGenerator<MergedPiece, void, undefined> {
  if (iterators.length === 1) return yield* single(iterators[0]!);
  const sources = iterators.map((iterator, index) => new Source(index, iterator, clock));
  const waker = new Waker(clock);
  let isPastTold = false;
  for (const source of sources) source.pull(waker);
  try {
    for (;;) {
      for (const source of sources) {
        const end = source.takeEnd();
        if (end !== undefined) yield { is: "ended", source: source.index, error: end.error };
      }
      if (!isPastTold && sources.every(({ isPast, head }) => !isPast && head.is !== "here")) {
        isPastTold = true;
        yield { is: "caught-up" };
      }
      const next = earliest(sources);
      if (next === undefined && sources.every(({ head }) => head.is === "ended")) return;
      const holdMs = next === undefined ? Infinity : longestHold(sources, clock.monotonic());
      if (next === undefined || holdMs > 0) {
        await waker.wait(holdMs);
        continue;
      }
      const { item } = next.head as Extract<Head, { is: "here" }>;
      next.pull(waker);
      yield { is: "item", source: next.index, item };
    }
  } finally {
    waker.wake();
    for (const source of sources) source.leave();
  }
}

/** One log needs no merging. */
async function* single(iterator: AsyncIterator<LogStreamItem>): AsyncGenerator<MergedPiece, void, undefined> {
  try {
    for (;;) {
      let next: IteratorResult<LogStreamItem>;
      try {
        next = await iterator.next();
      } catch (error) {
        return yield { is: "ended", source: 0, error };
      }
      if (next.done === true) return yield { is: "ended", source: 0, error: undefined };
      if ("caughtUp" in next.value) yield { is: "caught-up" };
      else yield { is: "item", source: 0, item: next.value };
    }
  } finally {
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

class Source {
  readonly index: number;
  readonly #iterator: AsyncIterator<LogStreamItem>;
  readonly #clock: Clock;
  head: Head;
  isPast = true;
  #lastAt = -Infinity;
  #end: { readonly error: unknown } | undefined;

  constructor(index: number, iterator: AsyncIterator<LogStreamItem>, clock: Clock) {
    this.index = index;
    this.#iterator = iterator;
    this.#clock = clock;
    this.head = { is: "awaited", sinceMono: clock.monotonic() };
  }

  pull(waker: Waker): void {
    this.head = { is: "awaited", sinceMono: this.#clock.monotonic() };
    this.#iterator.next().then(
      ({ done, value }) => {
        if (done === true) this.#finish(undefined);
        else if ("caughtUp" in value) {
          this.isPast = false;
          this.pull(waker);
        } else {
          this.#lastAt = Math.max(this.#lastAt, ("at" in value ? value.at : null) ?? this.#lastAt);
          this.head = { is: "here", item: value, at: this.#lastAt };
        }
        waker.wake();
      },
      (error: unknown) => {
        this.#finish(error);
        waker.wake();
      },
    );
  }

  #finish(error: unknown): void {
    this.head = { is: "ended" };
    this.isPast = false;
    this.#end = { error };
  }

  takeEnd(): { readonly error: unknown } | undefined {
    const end = this.#end;
    this.#end = undefined;
    return end;
  }

  leave(): void {
    // What is under way ends with its own signal; its failure is of nobody's interest any more.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}

function earliest(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  let firstAt = Infinity;
  for (const source of sources) {
    if (source.head.is !== "here" || (first !== undefined && source.head.at >= firstAt)) continue;
    first = source;
    firstAt = source.head.at;
  }
  return first;
}

/** How long the sources that have nothing to show yet must still be waited for. */
function longestHold(sources: readonly Source[], nowMono: number): number {
  let holdMs = 0;
  for (const { head, isPast } of sources) {
    if (head.is !== "awaited") continue;
    holdMs = Math.max(holdMs, head.sinceMono + (isPast ? PAST_HOLD_MS : HOLD_MS) - nowMono);
  }
  return holdMs;
}

class Waker {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  #isAwake = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#isAwake) {
      await new Promise<void>((resolve) => {
        const timer = atMostMs === Infinity ? undefined : this.#clock.after(atMostMs, resolve);
        this.#wake = () => (timer?.cancel(), resolve());
      });
    }
    this.#isAwake = false;
    this.#wake = undefined;
  }
}
