import { parseExpression } from "./expression-parse.ts";
import type { CharacterSet, ExpressionNode } from "./expression-parse.ts";

/**
 * Search by expression in time linear in the text, whatever the expression: a position automaton (Glushkov) whose whole
 * state is a row of bits, moved by tables. Nothing backtracks, so no expression and no line can hold anybody up.
 */

/** Places of characters in one expression, after counted repeats are written out. */
const POSITIONS_MAX = 160;
/** Places of no width (`^`, `$`, `\b`, `\B`): each is one more look at every character. */
const ASSERTIONS_MAX = 8;
const WORD_BITS = 32;
const ASCII = 128;

/** Says whether a text has what was searched anywhere in it. */
export interface TextMatcher {
  matches(text: string): boolean;
}

export type CompiledExpression =
  | { readonly ok: true; readonly matcher: TextMatcher }
  | { readonly ok: false; readonly why: string };

/** A matcher of an expression; `why` is one sentence for whoever typed it. */
export function compileExpression(pattern: string): CompiledExpression {
  const parsed = parseExpression(pattern);
  if (!parsed.ok) return parsed;
  const positions: Position[] = [];
  const built = build(parsed.node, positions);
  if (built === undefined) return { ok: false, why: "the expression is too long, with its repeats written out" };
  if (positions.filter(({ takes }) => typeof takes === "string").length > ASSERTIONS_MAX)
    return { ok: false, why: `the expression has more than ${ASSERTIONS_MAX} of ^, $, \\b and \\B` };
  return { ok: true, matcher: new Automaton(positions, built) };
}

/** A matcher of text as it stands. */
export const literalMatcher = (text: string): TextMatcher => ({ matches: (line) => line.includes(text) });

type Assertion = "begin" | "end" | "word" | "not-word";
interface Position {
  readonly takes: CharacterSet | Assertion;
  readonly follow: Set<number>;
}
interface Piece {
  readonly isEmpty: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

function build(node: ExpressionNode, positions: Position[]): Piece | undefined {
  switch (node.is) {
    case "empty":
      return { isEmpty: true, first: [], last: [] };
    case "set":
    case "assert": {
      if (positions.length >= POSITIONS_MAX) return undefined;
      positions.push({ takes: node.is === "set" ? node.set : node.what, follow: new Set() });
      const here = [positions.length - 1];
      return { isEmpty: false, first: here, last: here };
    }
    case "sequence": {
      let whole: Piece = { isEmpty: true, first: [], last: [] };
      for (const part of node.parts) {
        const next = build(part, positions);
        if (next === undefined) return undefined;
        whole = joined(whole, next, positions);
      }
      return whole;
    }
    case "choice": {
      const first: number[] = [];
      const last: number[] = [];
      let isEmpty = false;
      for (const option of node.options) {
        const piece = build(option, positions);
        if (piece === undefined) return undefined;
        first.push(...piece.first);
        last.push(...piece.last);
        isEmpty ||= piece.isEmpty;
      }
      return { isEmpty, first, last };
    }
    case "repeat":
      return repeated(node, positions);
  }
}

function repeated(
  { part, least, most }: Extract<ExpressionNode, { is: "repeat" }>,
  positions: Position[],
): Piece | undefined {
  let whole: Piece = { isEmpty: true, first: [], last: [] };
  const copies = most ?? Math.max(least, 1);
  for (let copy = 0; copy < copies; copy++) {
    const before = positions.length;
    const made = build(part, positions);
    if (made === undefined) return undefined;
    // Nothing stays nothing however often it is repeated, and no limit of places would end the repeating.
    if (positions.length === before) return made;
    if (most === null && copy === copies - 1) link(made.last, made.first, positions);
    whole = joined(whole, copy < least ? made : { ...made, isEmpty: true }, positions);
  }
  return whole;
}

function joined(before: Piece, after: Piece, positions: Position[]): Piece {
  link(before.last, after.first, positions);
  return {
    isEmpty: before.isEmpty && after.isEmpty,
    first: before.isEmpty ? [...before.first, ...after.first] : before.first,
    last: after.isEmpty ? [...before.last, ...after.last] : after.last,
  };
}

function link(from: readonly number[], to: readonly number[], positions: Position[]): void {
  for (const position of from) for (const next of to) positions[position]!.follow.add(next);
}

const isWordCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

class Automaton implements TextMatcher {
  readonly #positions: readonly Position[];
  readonly #words: number;
  readonly #isAlwaysTrue: boolean;
  readonly #hasAssertions: boolean;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** For each byte of the state and each of its values: where its positions lead. */
  readonly #moves: Int32Array;
  /** For each ASCII character: the positions that take it. */
  readonly #takenBy: Int32Array;
  readonly #asserted: Readonly<Record<Assertion, Int32Array>>;
  readonly #others = new Map<number, Int32Array>();

  constructor(positions: readonly Position[], piece: Piece) {
    this.#positions = positions;
    this.#isAlwaysTrue = piece.isEmpty;
    const words = Math.max(1, Math.ceil(positions.length / WORD_BITS));
    this.#words = words;
    this.#first = bitsOf(piece.first, words);
    this.#last = bitsOf(piece.last, words);
    this.#moves = movesOf(positions, words);
    this.#takenBy = new Int32Array(ASCII * words);
    for (let code = 0; code < ASCII; code++) this.#takenBy.set(this.#takers(code), code * words);
    const asserting = (what: Assertion): Int32Array =>
      bitsOf(
        positions.flatMap(({ takes }, index) => (takes === what ? [index] : [])),
        words,
      );
    this.#asserted = {
      begin: asserting("begin"),
      end: asserting("end"),
      word: asserting("word"),
      "not-word": asserting("not-word"),
    };
    this.#hasAssertions = positions.some(({ takes }) => typeof takes === "string");
  }

  matches(text: string): boolean {
    if (this.#isAlwaysTrue) return true;
    const words = this.#words;
    const last = this.#last;
    const state = new Int32Array(words);
    const next = new Int32Array(words);
    let wasWord = false;
    for (let index = 0; index < text.length; index++) {
      const code = text.codePointAt(index)!;
      if (code > 0xffff) index++;
      if (this.#hasAssertions) {
        const isWord = isWordCode(code);
        if (this.#assert(state, next, index === 0 || (code > 0xffff && index === 1), false, isWord !== wasWord))
          return true;
        wasWord = isWord;
      }
      this.#reach(state, next);
      let base = 0;
      let taken = this.#takenBy;
      if (code < ASCII) base = code * words;
      else taken = this.#othersTaking(code);
      let isDone = 0;
      for (let word = 0; word < words; word++) {
        const bits = next[word]! & taken[base + word]!;
        state[word] = bits;
        isDone |= bits & last[word]!;
      }
      if (isDone !== 0) return true;
    }
    return this.#hasAssertions && this.#assert(state, next, text.length === 0, true, wasWord);
  }

  /** Where the state leads, or what begins anew here. */
  #reach(state: Int32Array, next: Int32Array): void {
    const words = this.#words;
    const moves = this.#moves;
    next.set(this.#first);
    for (let word = 0; word < words; word++) {
      const bits = state[word]!;
      if (bits === 0) continue;
      for (let byte = 0; byte < 4; byte++) {
        const value = (bits >>> (byte * 8)) & 255;
        if (value === 0) continue;
        const at = ((word * 4 + byte) * 256 + value) * words;
        for (let to = 0; to < words; to++) next[to]! |= moves[at + to]!;
      }
    }
  }

  /** Adds the places of no width that hold between two characters; true when one of them is the end of a match. */
  #assert(state: Int32Array, next: Int32Array, isBegin: boolean, isEnd: boolean, isBoundary: boolean): boolean {
    const { begin, end, word: boundary, "not-word": inside } = this.#asserted;
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      this.#reach(state, next);
      for (let word = 0; word < this.#words; word++) {
        const holds =
          (isBegin ? begin[word]! : 0) | (isEnd ? end[word]! : 0) | (isBoundary ? boundary[word]! : inside[word]!);
        const added = next[word]! & holds & ~state[word]!;
        if (added === 0) continue;
        if ((added & this.#last[word]!) !== 0) return true;
        state[word]! |= added;
        isChanged = true;
      }
    }
    return false;
  }

  #takers(code: number): Int32Array {
    return bitsOf(
      this.#positions.flatMap(({ takes }, index) => (typeof takes !== "string" && hasCode(takes, code) ? [index] : [])),
      this.#words,
    );
  }

  /** Kept for the characters met; a text with very many of them makes the table anew. */
  #othersTaking(code: number): Int32Array {
    let taken = this.#others.get(code);
    if (taken !== undefined) return taken;
    if (this.#others.size >= 4_096) this.#others.clear();
    taken = this.#takers(code);
    this.#others.set(code, taken);
    return taken;
  }
}

function hasCode({ ranges, isNegated }: CharacterSet, code: number): boolean {
  return ranges.some(([from, to]) => from <= code && code <= to) !== isNegated;
}

function bitsOf(positions: readonly number[], words: number): Int32Array {
  const bits = new Int32Array(words);
  for (const position of positions) bits[position >>> 5]! |= 1 << (position & 31);
  return bits;
}

function movesOf(positions: readonly Position[], words: number): Int32Array {
  const moves = new Int32Array(words * 4 * 256 * words);
  const follows = positions.map(({ follow }) => bitsOf([...follow], words));
  for (let byte = 0; byte < words * 4; byte++) {
    for (let value = 1; value < 256; value++) {
      // One bit less has been worked out already.
      const lowest = value & -value;
      const at = (byte * 256 + value) * words;
      const rest = (byte * 256 + (value ^ lowest)) * words;
      const follow = follows[byte * 8 + Math.log2(lowest)];
      for (let word = 0; word < words; word++) moves[at + word] = moves[rest + word]! | (follow?.[word] ?? 0);
    }
  }
  return moves;
}
