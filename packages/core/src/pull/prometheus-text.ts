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

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"/y;
const AFTER_LABEL = /[ \t]*(,?)[ \t]*/y;
const REST = /[ \t]*(\S+)(?:[ \t]+(-?\d{1,18}))?[ \t]*$/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
/** Only backslash, quote and line end are escaped. */
const WRONG_ESCAPE = /^(?:[^\\]|\\[\\"n])*\\(?![\\"n])/;
const TYPE_LINE = /^#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]+(\S+)[ \t]*$/;
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  "+Inf": Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  "-Inf": Number.NEGATIVE_INFINITY,
};

/**
 * Reads Prometheus' text format 0.0.4, strictly: each line is checked, also of what is not wanted, since a part of it
 * that is broken may be the end of a cut answer. Throws PullTextError, with the number of the line.
 */
export function parsePrometheusText(text: string, isWanted: (name: string) => boolean): Exposition {
  const limits = PROMETHEUS_LIMITS;
  if (text.length > limits.charactersMax) throw new PullTextError(`more than ${limits.charactersMax} characters`);
  if (text !== "" && !text.endsWith("\n")) throw new PullTextError("the answer is cut: its last line has no end");
  const exposition = new Exposition();
  for (let from = 0, number = 1; from < text.length; number++) {
    const end = text.indexOf("\n", from);
    if (number > limits.linesMax) throw new PullTextError(`more than ${limits.linesMax} lines`);
    if (end - from > limits.lineCharactersMax)
      throw new PullTextError(`line ${number} is longer than ${limits.lineCharactersMax} characters`);
    const line = text.slice(from, end);
    from = end + 1;
    if (line.startsWith("#")) readComment(line, number, isWanted, exposition);
    else if (line.trim() !== "") readSeries(line, number, isWanted, exposition);
  }
  return exposition;
}

function readComment(line: string, number: number, isWanted: (name: string) => boolean, into: Exposition): void {
  if (!line.includes("TYPE")) return;
  const [, name, word] = TYPE_LINE.exec(line) ?? [];
  if (name === undefined || !isWanted(name)) return;
  const type = TYPES.find((one) => one === word);
  if (type === undefined) throw wrong(number, line, "a type that is not known");
  into.setType(name, type);
}

function readSeries(line: string, number: number, isWanted: (name: string) => boolean, into: Exposition): void {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw wrong(number, line, "a line that begins with no name");
  const wanted = isWanted(name);
  let at = name.length;
  while (line[at] === " " || line[at] === "\t") at++;
  const labels: Record<string, string> = {};
  if (line[at] === "{") at = readLabels(line, at + 1, number, wanted ? labels : undefined);
  else if (at === name.length) throw wrong(number, line, "a name with something else in it");
  REST.lastIndex = at;
  const word = REST.exec(line)?.[1];
  const value = word === undefined ? undefined : (SPECIAL[word] ?? (NUMBER.test(word) ? Number(word) : undefined));
  if (value === undefined) throw wrong(number, line, "no number where one must be");
  if (wanted) into.add(name, { labels, value });
}

/** Returns where the labels end. */
function readLabels(line: string, start: number, number: number, into: Record<string, string> | undefined): number {
  let at = start;
  for (let count = 0; ; count++) {
    while (line[at] === " " || line[at] === "\t") at++;
    if (line[at] === "}") return at + 1;
    if (count >= PROMETHEUS_LIMITS.labelsMax) throw wrong(number, line, "too many labels");
    LABEL_NAME.lastIndex = at;
    const match = LABEL_NAME.exec(line);
    if (match === null) throw wrong(number, line, "a label that is none");
    const from = LABEL_NAME.lastIndex;
    const end = endOfValue(line, from);
    if (end < 0) throw wrong(number, line, "a label without an end");
    const label = match[1]!;
    // Names of this form are Prometheus' own, and one of them is JavaScript's.
    if (label.startsWith("__")) throw wrong(number, line, "a label whose name is reserved");
    const raw = line.slice(from, end);
    if (raw.includes("\\") && WRONG_ESCAPE.test(raw)) throw wrong(number, line, "an escape that is none");
    if (into !== undefined) {
      if (Object.hasOwn(into, label)) throw wrong(number, line, "a label twice");
      into[label] = unescaped(raw);
    }
    AFTER_LABEL.lastIndex = end + 1;
    const comma = AFTER_LABEL.exec(line)?.[1] ?? "";
    at = AFTER_LABEL.lastIndex;
    if (comma === "" && line[at] !== "}") throw wrong(number, line, "labels that do not end");
  }
}

/** Where the quote that ends a value is; -1 when there is none. */
function endOfValue(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (line[at - 1 - backslashes] === "\\" && at - 1 - backslashes >= from) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

function unescaped(text: string): string {
  if (text.includes("\\")) return text.replace(/\\(.)/g, (_, mark: string) => (mark === "n" ? "\n" : mark));
  // A long piece of a text keeps the whole text in memory for as long as the piece is kept, and a label is kept.
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

const wrong = (number: number, line: string, what: string): PullTextError =>
  new PullTextError(`line ${number} has ${what}: ${quoted(line.slice(0, 80))}`);
