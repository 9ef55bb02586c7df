import type { Labels } from "../samples.ts";
import { PullTextError, quoted } from "./pull-text.ts";

/** What an exposition may be at most; beyond that it is refused as a whole. */
export const PROMETHEUS_LIMITS = {
  charactersMax: 8 * 1024 * 1024,
  linesMax: 100_000,
  lineCharactersMax: 16_384,
  labelsMax: 64,
} as const;

const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"] as const;
export type PrometheusType = (typeof TYPES)[number];

/** One series of an exposition. The value may be NaN or an infinity, which the format allows. */
export interface PrometheusSeries {
  readonly labels: Labels;
  readonly value: number;
}

/** What was wanted of one exposition. */
export class Exposition {
  readonly #series = new Map<string, PrometheusSeries[]>();
  readonly #types = new Map<string, PrometheusType>();

  add(name: string, series: PrometheusSeries): void {
    const known = this.#series.get(name);
    if (known === undefined) this.#series.set(name, [series]);
    else known.push(series);
  }

  setType(name: string, type: PrometheusType): void {
    this.#types.set(name, type);
  }

  /** All series of a name in their order; empty when there is none. */
  series(name: string): readonly PrometheusSeries[] {
    return this.#series.get(name) ?? [];
  }

  /** The number of a series without labels; undefined when there is none, or when it is no number. */
  value(name: string): number | undefined {
    const found = this.#series.get(name)?.find(({ labels }) => Object.keys(labels).length === 0)?.value;
    return found !== undefined && Number.isFinite(found) ? found : undefined;
  }

  names(): readonly string[] {
    return [...this.#series.keys()];
  }

  /** What the source says a name is; only of wanted names. */
  type(name: string): PrometheusType | undefined {
    return this.#types.get(name);
  }
}

const TYPE_LINE = /^#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]+(\S+)[ \t]*$/;
/** Only backslash, quote and line end are escaped. */
const WRONG_ESCAPE = /^(?:[^\\]|\\[\\"n])*\\(?![\\"n])/;
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  "+Inf": Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  "-Inf": Number.NEGATIVE_INFINITY,
};

/** What a character may be part of, by its code: a thousand lines a look are read letter by letter. */
const FIRST = 1;
const LATER = 2;
const NUMBER = 4;
const CLASSES = new Uint8Array(128);
for (const [letters, kinds] of [
  ["abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:", FIRST | LATER],
  ["0123456789", LATER | NUMBER],
  ["+-.eE", NUMBER],
] as const)
  for (const letter of letters) CLASSES[letter.charCodeAt(0)]! |= kinds;
const isOf = (code: number, kind: number): boolean => code < 128 && (CLASSES[code]! & kind) !== 0;

const [LINE_END, TAB, SPACE, QUOTE, HASH, COMMA, EQUALS, BACKSLASH, OPEN, CLOSE] = Array.from(
  '\n\t "#,=\\{}',
  (letter) => letter.charCodeAt(0),
) as [number, number, number, number, number, number, number, number, number, number];

/**
 * Reads Prometheus' text format 0.0.4, strictly: each line of a series is checked, also of what is not wanted, since one
 * that is broken may be the end of a cut answer. Throws PullTextError, with the number of the line. Types are read of
 * what `wantsType` names, if anything.
 */
export function parsePrometheusText(
  text: string,
  isWanted: (name: string) => boolean,
  wantsType?: (name: string) => boolean,
): Exposition {
  if (text.length > PROMETHEUS_LIMITS.charactersMax)
    throw new PullTextError(`the answer has more than ${PROMETHEUS_LIMITS.charactersMax} characters`);
  if (text !== "" && text.charCodeAt(text.length - 1) !== LINE_END)
    throw new PullTextError("the answer is cut: its last line has no end");
  const scanner = new Scanner(text, isWanted, wantsType);
  scanner.readAll();
  return scanner.found;
}

/** One pass over a text. Within a line, `#at` is the next character to read. */
class Scanner {
  readonly found = new Exposition();
  readonly #text: string;
  readonly #isWanted: (name: string) => boolean;
  readonly #wantsType: ((name: string) => boolean) | undefined;
  #at = 0;
  #lineStart = 0;
  #lineEnd = 0;
  #lineNumber = 0;
  /** Where the next backslash is, wherever that may be: most texts have none. */
  #backslash: number;
  /** Series of one name stand together. */
  #name = "";
  #isNameWanted = false;

  constructor(text: string, isWanted: (name: string) => boolean, wantsType?: (name: string) => boolean) {
    this.#text = text;
    this.#isWanted = isWanted;
    this.#wantsType = wantsType;
    this.#backslash = text.indexOf("\\");
  }

  readAll(): void {
    const { linesMax, lineCharactersMax } = PROMETHEUS_LIMITS;
    while (this.#lineStart < this.#text.length) {
      this.#lineEnd = this.#text.indexOf("\n", this.#lineStart);
      if (++this.#lineNumber > linesMax) throw new PullTextError(`the answer has more than ${linesMax} lines`);
      if (this.#lineEnd - this.#lineStart > lineCharactersMax)
        throw new PullTextError(`line ${this.#lineNumber} is longer than ${lineCharactersMax} characters`);
      this.#at = this.#lineStart;
      if (this.#code() === HASH) this.#readComment();
      else if (this.#skipBlanks() !== LINE_END) this.#readSeries();
      this.#lineStart = this.#lineEnd + 1;
    }
  }

  /** Each line ends with a line end, so there always is a next character. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  /** Returns the character after the blanks. */
  #skipBlanks(): number {
    let code = this.#code();
    while (code === SPACE || code === TAB) {
      this.#at++;
      code = this.#code();
    }
    return code;
  }

  #readComment(): void {
    if (this.#wantsType === undefined || !this.#text.startsWith("# TYPE ", this.#at)) return;
    const [, name, word] = TYPE_LINE.exec(this.#text.slice(this.#lineStart, this.#lineEnd)) ?? [];
    if (name === undefined || !this.#wantsType(name)) return;
    const type = TYPES.find((one) => one === word);
    if (type === undefined) this.#fail("a type that is not known");
    this.found.setType(name, type);
  }

  #readSeries(): void {
    // What is indented is no series, though a line of blanks is none either.
    if (this.#at !== this.#lineStart) this.#fail("a line that begins with no name");
    this.#readName();
    const labels: Record<string, string> = {};
    const afterName = this.#at;
    if (this.#skipBlanks() === OPEN) this.#readLabels(labels);
    else if (this.#at === afterName) this.#fail("a name with something else in it");
    const value = this.#readValue();
    if (this.#isNameWanted) this.found.add(this.#name, { labels, value });
  }

  #readName(): void {
    const start = this.#at;
    const { length } = this.#name;
    if (length > 0 && this.#text.startsWith(this.#name, start) && !isOf(this.#text.charCodeAt(start + length), LATER)) {
      this.#at += length;
      return;
    }
    this.#skipWord();
    if (this.#at === start) this.#fail("a line that begins with no name");
    this.#name = this.#text.slice(start, this.#at);
    this.#isNameWanted = this.#isWanted(this.#name);
  }

  /** Passes over a name of a series or a label; over nothing where there is none. */
  #skipWord(): void {
    if (!isOf(this.#code(), FIRST)) return;
    do this.#at++;
    while (isOf(this.#code(), LATER));
  }

  #readLabels(into: Record<string, string>): void {
    this.#at++;
    for (let count = 0; this.#skipBlanks() !== CLOSE; count++) {
      if (count >= PROMETHEUS_LIMITS.labelsMax) this.#fail("too many labels");
      const start = this.#at;
      this.#skipWord();
      const end = this.#at;
      if (end === start || this.#skipBlanks() !== EQUALS) this.#fail("a label that is none");
      this.#at++;
      if (this.#skipBlanks() !== QUOTE) this.#fail("a label without a value");
      this.#at++;
      const raw = this.#readQuoted();
      if (this.#isNameWanted) this.#putLabel(this.#text.slice(start, end), raw, into);
      const next = this.#skipBlanks();
      if (next === COMMA) this.#at++;
      else if (next !== CLOSE) this.#fail("labels that do not end");
    }
    this.#at++;
  }

  #putLabel(label: string, raw: string, into: Record<string, string>): void {
    // Names that begin like this are Prometheus' own, and one of them is JavaScript's; a colon is for series only.
    if (label.startsWith("__") || label.includes(":")) this.#fail("a label whose name is reserved");
    if (Object.hasOwn(into, label)) this.#fail("a label twice");
    into[label] = unescaped(raw);
  }

  /** What stands before the quote that ends a value, as it is written; only of wanted series. */
  #readQuoted(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start);
    while (this.#isEscaped(end, start)) end = this.#text.indexOf('"', end + 1);
    if (end < 0 || end > this.#lineEnd) this.#fail("a label without an end");
    this.#at = end + 1;
    if (this.#backslash >= 0 && this.#backslash < start) this.#backslash = this.#text.indexOf("\\", start);
    const hasBackslash = this.#backslash >= 0 && this.#backslash < end;
    if (!this.#isNameWanted && !hasBackslash) return "";
    const raw = this.#text.slice(start, end);
    if (hasBackslash && WRONG_ESCAPE.test(raw)) this.#fail("an escape that is none");
    return raw;
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(at: number, start: number): boolean {
    let from = at;
    while (from > start && this.#text.charCodeAt(from - 1) === BACKSLASH) from--;
    return (at - from) % 2 === 1;
  }

  #readValue(): number {
    this.#skipBlanks();
    const start = this.#at;
    while (isOf(this.#code(), NUMBER)) this.#at++;
    let value = this.#at === start ? Number.NaN : Number(this.#text.slice(start, this.#at));
    if (!isBlankOrEnd(this.#code()) || Number.isNaN(value)) {
      while (!isBlankOrEnd(this.#code())) this.#at++;
      const special = SPECIAL[this.#text.slice(start, Math.min(this.#at, start + 8))];
      if (special === undefined) this.#fail("no number where one must be");
      value = special;
    }
    if (this.#skipBlanks() !== LINE_END) this.#skipTime();
    return value;
  }

  /** A number of milliseconds may follow; readings are stamped by who reads. */
  #skipTime(): void {
    if (!/^-?\d{1,18}[ \t]*$/.test(this.#text.slice(this.#at, this.#lineEnd)))
      this.#fail("more than a number and a time");
  }

  #fail(what: string): never {
    const line = this.#text.slice(this.#lineStart, Math.min(this.#lineEnd, this.#lineStart + 80));
    throw new PullTextError(`line ${this.#lineNumber} has ${what}: ${quoted(line)}`);
  }
}

const isBlankOrEnd = (code: number): boolean => code === SPACE || code === TAB || code === LINE_END;

function unescaped(text: string): string {
  if (text.includes("\\")) return text.replace(/\\(.)/g, (_, mark: string) => (mark === "n" ? "\n" : mark));
  // A long piece of a text keeps the whole text in memory for as long as the piece is kept, and a label is kept.
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
