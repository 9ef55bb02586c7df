import type { Look } from "./simulate-rules.ts";
import { spanMs } from "./span.ts";

/** What a row may hold at most, all repetitions written out. */
const LOOKS_MAX = 3_000_000;
const DEPTH_MAX = 8;

export type ParsedLooks =
  | { readonly ok: true; readonly looks: readonly Look[] }
  | { readonly ok: false; readonly problem: string };

const NUMBER = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:e-?\d+)?$/i;
const TOKEN = /[(),]|[^\s(),]+/g;

/**
 * How a thing was, step by step: `0.2 x10, 0.97 x2h, 0.3..0.9 x60, (running x5, failed) x20`. A look stands for one step,
 * with `x` for so many or for a span, with `until 1d6h` up to that time from the start; `a..b` goes there in a straight
 * line; brackets repeat.
 */
export function parseLooks(text: string, stepMs: number, isWord: (word: string) => boolean): ParsedLooks {
  try {
    const tokens = text.match(TOKEN) ?? [];
    const reader = new LookReader(tokens, stepMs, isWord);
    const looks = reader.terms(0);
    reader.end();
    return { ok: true, looks };
  } catch (error) {
    if (error instanceof LooksProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

class LooksProblem extends Error {}

class LookReader {
  readonly #tokens: readonly string[];
  readonly #stepMs: number;
  readonly #isWord: (word: string) => boolean;
  #next = 0;

  constructor(tokens: readonly string[], stepMs: number, isWord: (word: string) => boolean) {
    this.#tokens = tokens;
    this.#stepMs = stepMs;
    this.#isWord = isWord;
  }

  terms(depth: number): Look[] {
    if (depth > DEPTH_MAX) throw new LooksProblem("has too many brackets in brackets");
    let looks: Look[] = [];
    do {
      const term = this.#term(depth, looks.length);
      if (looks.length + term.length > LOOKS_MAX) throw new LooksProblem(`holds more than ${LOOKS_MAX} looks`);
      // Not by spreading: a month of looks is more than a call takes as arguments.
      looks = looks.length === 0 ? term : looks.concat(term);
    } while (this.#takes(","));
    return looks;
  }

  end(): void {
    const rest = this.#tokens[this.#next];
    if (rest !== undefined) throw new LooksProblem(`has ${rest} where a comma or the end should be`);
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #term(depth: number, position: number): Look[] {
    if (this.#takes("(")) {
      const inner = this.terms(depth + 1);
      if (!this.#takes(")")) throw new LooksProblem("has a bracket that does not end");
      const times = this.#count();
      if (inner.length * times > LOOKS_MAX) throw new LooksProblem(`holds more than ${LOOKS_MAX} looks`);
      return Array.from({ length: inner.length * times }, (_, index) => inner[index % inner.length]!);
    }
    const text = this.#tokens[this.#next++];
    if (text === undefined || text === "," || text === ")")
      throw new LooksProblem("has nothing where a look should be");
    const [first = "", last, ...rest] = text.split("..");
    const count = this.#takes("until") ? this.#until(depth, position) : this.#count();
    if (count > LOOKS_MAX) throw new LooksProblem(`holds more than ${LOOKS_MAX} looks`);
    if (last === undefined) {
      if (NUMBER.test(first)) return Array.from({ length: count }, () => Number(first));
      if (!this.#isWord(first)) throw new LooksProblem(`has ${first}, which is no look of this`);
      return Array.from({ length: count }, () => first);
    }
    if (rest.length > 0 || !NUMBER.test(first) || !NUMBER.test(last))
      throw new LooksProblem(`has ${text}, which does not go from a number to another one`);
    const [from, to] = [Number(first), Number(last)];
    return Array.from({ length: count }, (_, index) => from + ((to - from) * index) / Math.max(1, count - 1));
  }

  /** How many looks are left until a time from the start. */
  #until(depth: number, position: number): number {
    const text = this.#tokens[this.#next++] ?? "";
    const ms = spanMs(text);
    if (ms === undefined || ms % this.#stepMs !== 0)
      throw new LooksProblem(`has until ${text}, which is no span of whole steps`);
    if (depth > 0) throw new LooksProblem("has until in brackets, where time comes again");
    const count = ms / this.#stepMs - position;
    if (count <= 0) throw new LooksProblem(`is past ${text} already`);
    return count;
  }

  /** `x10` or `x2h`; 1 where there is none. */
  #count(): number {
    const token = this.#tokens[this.#next];
    if (token === undefined || !/^x\d/.test(token)) return 1;
    this.#next++;
    const text = token.slice(1);
    if (/^\d{1,9}$/.test(text)) {
      if (Number(text) > 0) return Number(text);
    } else {
      const ms = spanMs(text);
      if (ms !== undefined && ms > 0 && ms % this.#stepMs === 0) return ms / this.#stepMs;
    }
    throw new LooksProblem(`has ${token}, which is neither a count nor a span of whole steps`);
  }
}
