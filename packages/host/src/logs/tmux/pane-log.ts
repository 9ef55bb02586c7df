import { fnv1a, wait } from "@muster/core";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";

/** Who can look into a session. */
export interface PaneCaptures {
  /** What the pane shows and what has scrolled out of it, oldest first, lines joined where the terminal broke them. Undefined when there is no such session. */
  capture(name: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

export interface PaneLogDeps extends LogSourceDeps {
  readonly panes: PaneCaptures;
}

const CAPTURE_EVERY_MS = 250;
/** So many lines together name a place. */
const MARK_LINES = 5;
const CURSOR = /^t1:([0-9a-f]{1,8})$/;

/**
 * What a tmux session shows. A terminal keeps no positions, so a place is known by the lines before it; where these
 * are not there any more, that is said.
 */
export class PaneLog implements LogSourceReader {
  readonly #deps: PaneLogDeps;

  constructor(deps: PaneLogDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const { panes, clock } = this.#deps;
    let known = shownLines(await panes.capture(ask.name, signal));
    if (known === undefined) throw new Error(`there is no session ${ask.name} here`);
    yield this.#first(known, ask);
    if (!ask.follow) return;
    yield [{ is: "caught-up" }];
    let last = known.at(-1);
    while (!signal.aborted) {
      await wait(clock, CAPTURE_EVERY_MS, signal);
      if (signal.aborted) return;
      const shown: readonly string[] | undefined = shownLines(await panes.capture(ask.name, signal));
      if (shown === undefined) continue;
      // The last line may still be written: it is told when it stays as it is, or another one follows.
      const now = shown.at(-1) === last ? shown : shown.slice(0, -1);
      last = shown.at(-1);
      const from = goesOnAt(known, now);
      const records: LogRecord[] = [];
      if (from === undefined && known.length > 0)
        records.push({ is: "gap", dropped: null, why: "the session was cleared, or printed more than it keeps" });
      records.push(...recordsOf(now, from ?? 0, clock.now()));
      known = now;
      if (records.length > 0) yield records;
    }
  }

  #first(lines: readonly string[], { afterCursor, linesMax }: RecordAsk): readonly LogRecord[] {
    if (afterCursor === undefined) return recordsOf(lines, Math.max(0, lines.length - linesMax), null);
    const mark = CURSOR.exec(afterCursor)?.[1];
    if (mark === undefined) throw new Error("the cursor is not one of a session");
    const at = lines.findLastIndex((_, index) => markAt(lines, index) === mark);
    if (at >= 0) return recordsOf(lines, at + 1, null);
    return [
      { is: "gap", dropped: null, why: "the session no longer shows the last line seen" },
      ...recordsOf(lines, 0, null),
    ];
  }
}

/** Without the empty rest of the screen. */
function shownLines(lines: readonly string[] | undefined): readonly string[] | undefined {
  if (lines === undefined) return undefined;
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== "") + 1);
}

/**
 * Where in the new picture that begins which was not in the old one; undefined when nothing of the old one is there. Its
 * last line may have been written on since, and is new then.
 */
function goesOnAt(known: readonly string[], now: readonly string[]): number | undefined {
  const fixed = known.length - 1;
  if (fixed < 1) return known[0] === now[0] ? Math.max(known.length, 0) : 0;
  for (let shift = 0; shift < fixed; shift++) {
    const overlap = fixed - shift;
    if (overlap > now.length || !isSame(known, shift, now, overlap)) continue;
    return now[overlap] === known[fixed] ? overlap + 1 : overlap;
  }
  return undefined;
}

function isSame(known: readonly string[], shift: number, now: readonly string[], count: number): boolean {
  for (let index = count - 1; index >= 0; index--) if (known[shift + index] !== now[index]) return false;
  return true;
}

function recordsOf(lines: readonly string[], from: number, at: number | null): readonly LogRecord[] {
  return lines.slice(from).map((text, index) => ({
    is: "line",
    at,
    cursor: `t1:${markAt(lines, from + index)}`,
    level: undefined,
    text,
    stream: null,
  }));
}

function markAt(lines: readonly string[], index: number): string {
  const marked = lines.slice(Math.max(0, index - MARK_LINES + 1), index + 1);
  return fnv1a(marked.map((line) => `${line}\n`).join("")).toString(16);
}
