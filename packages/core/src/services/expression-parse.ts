/** Ranges of code points, both ends included. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly isNegated: boolean;
}

export type ExpressionNode =
  | { readonly is: "empty" }
  | { readonly is: "set"; readonly set: CharacterSet }
  | { readonly is: "assert"; readonly what: "begin" | "end" | "word" | "not-word" }
  | { readonly is: "sequence"; readonly parts: readonly ExpressionNode[] }
  | { readonly is: "choice"; readonly options: readonly ExpressionNode[] }
  | { readonly is: "repeat"; readonly part: ExpressionNode; readonly least: number; readonly most: number | null };

export type ParsedExpression =
  | { readonly ok: true; readonly node: ExpressionNode }
  | { readonly ok: false; readonly why: string };

const DEPTH_MAX = 50;
const REPEATS_MAX = 150;
const DIGIT: CharacterSet["ranges"] = [[48, 57]];
const WORD: CharacterSet["ranges"] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: CharacterSet["ranges"] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
];
const CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: { ranges: DIGIT, isNegated: false },
  D: { ranges: DIGIT, isNegated: true },
  w: { ranges: WORD, isNegated: false },
  W: { ranges: WORD, isNegated: true },
  s: { ranges: SPACE, isNegated: false },
  S: { ranges: SPACE, isNegated: true },
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, e: 27, "0": 0 };
const LAST_CODE = 0x10ffff;

class ExpressionProblem extends Error {}
const problem = (why: string): ExpressionProblem => new ExpressionProblem(why);

/** Reads an expression as RE2 writes it; what cannot be matched in linear time (look-around, back-references) is refused. */
export function parseExpression(pattern: string): ParsedExpression {
  try {
    return { ok: true, node: new Parser(pattern).whole() };
  } catch (error) {
    if (error instanceof ExpressionProblem) return { ok: false, why: error.message };
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): ExpressionNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw problem("a closing parenthesis has no opening one");
    return node;
  }

  #choice(): ExpressionNode {
    const options = [this.#sequence()];
    while (this.#eat("|")) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { is: "choice", options };
  }

  #sequence(): ExpressionNode {
    const parts: ExpressionNode[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at]!)) {
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
    }
    return parts.length === 0 ? { is: "empty" } : parts.length === 1 ? parts[0]! : { is: "sequence", parts };
  }

  /** Undefined for a flag, which is nothing to match. */
  #atom(): ExpressionNode | undefined {
    const character = this.#take();
    switch (character) {
      case ".":
        return { is: "set", set: { ranges: [[10, 10]], isNegated: true } };
      case "^":
        return { is: "assert", what: "begin" };
      case "$":
        return { is: "assert", what: "end" };
      case "(":
        return this.#group();
      case "[":
        return { is: "set", set: this.#folded(this.#bracketed()) };
      case "\\":
        return this.#escaped();
      case "*":
      case "+":
      case "?":
        throw problem(`${character} has nothing before it to repeat`);
      default:
        return this.#literal(character.codePointAt(0)!);
    }
  }

  #group(): ExpressionNode | undefined {
    if (++this.#depth > DEPTH_MAX) throw problem("parentheses stand too deep in each other");
    const before = this.#ignoresCase;
    if (this.#eat("?")) {
      const flags =
        /^(i|-i)?(\)|:)/.exec(this.#text.slice(this.#at)) ?? /^(?:P?<[A-Za-z_]\w*>)/.exec(this.#text.slice(this.#at));
      if (flags === null) throw problem("look-around and other groups with (? are not supported");
      this.#at += flags[0].length;
      if (flags[1] !== undefined) this.#ignoresCase = flags[1] === "i";
      if (flags[2] === ")") {
        this.#depth--;
        return undefined;
      }
    }
    const node = this.#choice();
    if (!this.#eat(")")) throw problem("a parenthesis is not closed");
    this.#ignoresCase = before;
    this.#depth--;
    return node;
  }

  #repeated(atom: ExpressionNode): ExpressionNode {
    let node = atom;
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === undefined) return node;
      // Lazy or not: whether there is a match is the same.
      this.#eat("?");
      node = { is: "repeat", part: node, ...bounds };
    }
  }

  #bounds(): { readonly least: number; readonly most: number | null } | undefined {
    if (this.#eat("*")) return { least: 0, most: null };
    if (this.#eat("+")) return { least: 1, most: null };
    if (this.#eat("?")) return { least: 0, most: 1 };
    const counted = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#text.slice(this.#at));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === undefined ? least : counted[3] === undefined ? null : Number(counted[3]);
    if (least > REPEATS_MAX || (most ?? 0) > REPEATS_MAX) throw problem(`a repeat is above ${REPEATS_MAX}`);
    if (most !== null && most < least) throw problem("a repeat ends before it begins");
    return { least, most };
  }

  #escaped(): ExpressionNode {
    if (this.#at >= this.#text.length) throw problem("a \\ stands at the end");
    const character = this.#take();
    if (character === "b") return { is: "assert", what: "word" };
    if (character === "B") return { is: "assert", what: "not-word" };
    if (character === "A") return { is: "assert", what: "begin" };
    if (character === "z") return { is: "assert", what: "end" };
    const set = CLASSES[character];
    if (set !== undefined) return { is: "set", set };
    return this.#literal(this.#escapedCode(character));
  }

  #escapedCode(character: string): number {
    const control = CONTROLS[character];
    if (control !== undefined) return control;
    if (character === "x" || character === "u") {
      const code = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2,4}))/.exec(this.#text.slice(this.#at));
      const length = character === "x" ? 2 : 4;
      const digits = code?.[1] ?? code?.[2]?.slice(0, length);
      if (digits === undefined) throw problem(`\\${character} needs a hexadecimal number`);
      this.#at += code?.[1] === undefined ? digits.length : digits.length + 2;
      const value = Number.parseInt(digits, 16);
      if (value > LAST_CODE) throw problem("there is no such character");
      return value;
    }
    if (/[A-Za-z0-9]/.test(character)) throw problem(`\\${character} is not supported`);
    return character.codePointAt(0)!;
  }

  #bracketed(): CharacterSet {
    const isNegated = this.#eat("^");
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; isFirst || this.#text[this.#at] !== "]"; isFirst = false) {
      if (this.#at >= this.#text.length) throw problem("a [ is not closed");
      const from = this.#bracketItem();
      if (typeof from !== "number") {
        if (from.isNegated) ranges.push(...complement(from.ranges));
        else ranges.push(...from.ranges);
        continue;
      }
      if (this.#text[this.#at] === "-" && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== "]") {
        this.#at++;
        const to = this.#bracketItem();
        if (typeof to !== "number" || to < from) throw problem("a range in [ ] ends before it begins");
        ranges.push([from, to]);
      } else ranges.push([from, from]);
    }
    this.#at++;
    return { ranges, isNegated };
  }

  #bracketItem(): number | CharacterSet {
    if (this.#at >= this.#text.length) throw problem("a [ is not closed");
    const character = this.#take();
    if (character !== "\\") return character.codePointAt(0)!;
    if (this.#at >= this.#text.length) throw problem("a [ is not closed");
    const escaped = this.#take();
    if (escaped === "b") return 8;
    return CLASSES[escaped] ?? this.#escapedCode(escaped);
  }

  #literal(code: number): ExpressionNode {
    return { is: "set", set: this.#folded({ ranges: [[code, code]], isNegated: false }) };
  }

  /** With both cases of its letters, where case is ignored. */
  #folded(set: CharacterSet): CharacterSet {
    if (!this.#ignoresCase) return set;
    const more: (readonly [number, number])[] = [];
    for (const [from, to] of set.ranges) {
      const upper: readonly [number, number] = [Math.max(from, 65), Math.min(to, 90)];
      const lower: readonly [number, number] = [Math.max(from, 97), Math.min(to, 122)];
      if (upper[0] <= upper[1]) more.push([upper[0] + 32, upper[1] + 32]);
      if (lower[0] <= lower[1]) more.push([lower[0] - 32, lower[1] - 32]);
      if (from === to && from > 127) {
        const character = String.fromCodePoint(from);
        for (const other of [character.toLowerCase(), character.toUpperCase()]) {
          const code = other.codePointAt(0)!;
          if (String.fromCodePoint(code) === other) more.push([code, code]);
        }
      }
    }
    return { ranges: [...set.ranges, ...more], isNegated: set.isNegated };
  }

  #take(): string {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += character.length;
    return character;
  }

  #eat(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

function complement(ranges: CharacterSet["ranges"]): (readonly [number, number])[] {
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [first, last] of sorted) {
    if (first > from) gaps.push([from, first - 1]);
    from = Math.max(from, last + 1);
  }
  if (from <= LAST_CODE) gaps.push([from, LAST_CODE]);
  return gaps;
}
