import {
  compileExpression,
  levelOfText,
  literalMatcher,
  LOG_LINE_CHARACTERS_MAX,
  Redactor,
  stripColours,
  stripEscapes,
} from "@muster/core";
import type { LogItem, LogQuery, LogSearch, LogStreamItem, TextMatcher } from "@muster/core";
import type { LogRecord } from "./log-source.ts";

/** Lines that wait until the past is out, so that the last of them can be told. */
const HELD_CHARACTERS_MAX = 8 * 1024 * 1024;
/** Lines that a search or a choice by level looks through when no time bounds it. */
export const SEARCHED_LINES_MAX = 200_000;
/** Room for what a line costs besides its text. */
const LINE_OVERHEAD = 200;

/**
 * What leaves the server: escapes and secrets are gone, then only what was asked for stays, of the past the last
 * `linesMax`. Searching sees the redacted text, so that nobody finds a secret out by asking for it. Throws for an
 * expression that is none.
 */
export async function* tidyLog(
  records: AsyncIterable<readonly LogRecord[]>,
  query: LogQuery,
): AsyncGenerator<LogStreamItem, void, undefined> {
  const matcher = query.search && matcherOf(query.search);
  const redactor = new Redactor();
  const held = query.afterCursor === undefined && mayBeMore(query) ? new HeldLines(query.linesMax) : undefined;
  let isPast = held !== undefined;
  let seenLines = 0;
  const hasTimeBounds = query.since !== undefined || query.until !== undefined;
  let lastAt: number | null = null;
  let isUntimedTold = false;
  const release = function* (lines: HeldLines): Generator<LogItem> {
    if (seenLines >= SEARCHED_LINES_MAX && query.since === undefined && lines.hasRoom)
      yield { gap: { dropped: null, why: `only the last ${seenLines} lines were looked through; say since when` } };
    yield* lines.release();
  };
  for await (const batch of records) {
    for (const record of batch) {
      if (record.is === "caught-up") {
        if (isPast && held) yield* release(held);
        isPast = false;
        yield { caughtUp: true };
        continue;
      }
      const item = record.is === "gap" ? { gap: { dropped: record.dropped, why: record.why } } : tidy(record, redactor);
      seenLines++;
      // A line without a time, such as one of a stack trace, belongs to the one before it.
      if (!("gap" in item)) lastAt = item.at ?? lastAt;
      if (!fits(item, lastAt, query, matcher)) continue;
      const isUntimed = hasTimeBounds && !("gap" in item) && lastAt === null;
      const items = isUntimed && !isUntimedTold ? [UNTIMED, item] : [item];
      isUntimedTold ||= isUntimed;
      if (isPast && held) for (const each of items) held.add(each);
      else yield* items;
    }
  }
  if (isPast && held) yield* release(held);
}

/** More lines of the past may come than were asked for: some are left out, or kept ones of a container come first. */
export const isChoice = ({ search, levelMax, since, until }: LogQuery): boolean =>
  search !== undefined || levelMax !== undefined || since !== undefined || until !== undefined;
const mayBeMore = (query: LogQuery): boolean => isChoice(query) || query.driver === "container";

/** How a search is matched; throws with a sentence for whoever typed it. */
export function matcherOf({ text, isExpression }: LogSearch): TextMatcher {
  if (!isExpression) return literalMatcher(text);
  const compiled = compileExpression(text);
  if (!compiled.ok) throw new Error(`the expression cannot be used: ${compiled.why}`);
  return compiled.matcher;
}

function tidy(record: Extract<LogRecord, { is: "line" }>, redactor: Redactor): LogItem {
  const whole = redactor.redact(stripEscapes(record.text));
  const text =
    whole.length > LOG_LINE_CHARACTERS_MAX ? `${whole.slice(0, LOG_LINE_CHARACTERS_MAX - CUT.length)}${CUT}` : whole;
  const level = record.level === undefined ? levelOfText(text) : record.level;
  return { at: record.at, cursor: record.cursor, level, text, stream: record.stream };
}

const CUT = " … [cut]";
const UNTIMED: LogItem = {
  gap: { dropped: null, why: "these lines carry no times, so they could not be chosen by time" },
};

/** @param at when it was written, as far as that is known */
function fits(item: LogItem, at: number | null, query: LogQuery, matcher: TextMatcher | undefined): boolean {
  if ("gap" in item) return true;
  const { level, text } = item;
  if (at !== null && query.since !== undefined && at < query.since) return false;
  if (at !== null && query.until !== undefined && at >= query.until) return false;
  if (query.levelMax !== undefined && level !== null && level > query.levelMax) return false;
  return matcher === undefined || matcher.matches(stripColours(text));
}

/** The last lines of the past, bounded in number and in size. */
class HeldLines {
  readonly #linesMax: number;
  #items: (LogItem | undefined)[] = [];
  /** Items before this index have been let go. */
  #from = 0;
  #lines = 0;
  #characters = 0;
  #left = 0;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  /** Fewer were found than were asked for. */
  get hasRoom(): boolean {
    return this.#lines < this.#linesMax;
  }

  add(item: LogItem): void {
    this.#items.push("gap" in item ? item : { ...item, text: flat(item.text) });
    this.#count(item, 1);
    while (this.#lines > this.#linesMax) this.#drop();
    while (this.#characters > HELD_CHARACTERS_MAX) {
      this.#drop();
      this.#left++;
    }
    if (this.#from > 10_000) {
      this.#items = this.#items.slice(this.#from);
      this.#from = 0;
    }
  }

  *release(): Generator<LogItem> {
    if (this.#left > 0)
      yield {
        gap: { dropped: this.#left, why: "more lines than the server holds at one time; ask for a shorter part" },
      };
    for (const item of this.#items) if (item !== undefined) yield item;
    this.#items = [];
  }

  #drop(): void {
    this.#count(this.#items[this.#from]!, -1);
    this.#items[this.#from++] = undefined;
  }

  #count(item: LogItem, sign: 1 | -1): void {
    if (!("gap" in item)) this.#lines += sign;
    this.#characters += sign * (("gap" in item ? 0 : item.text.length) + LINE_OVERHEAD);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** A part of a string keeps the whole of it in memory, here the block that it was read in. */
const flat = (text: string): string => decoder.decode(encoder.encode(text));
