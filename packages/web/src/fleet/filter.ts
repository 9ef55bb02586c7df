import { troubledProbes, troubledServices } from "./order.ts";
import { serverState, SERVER_STATES } from "./server-state.ts";
import type { ServerStateName } from "./server-state.ts";
import type { Server } from "./fleet-view.ts";

/**
 * The overview's filter: words joined by "and".
 *   `web`                a part of name, tag, address or operating system
 *   `tag:prod` `name:x` `os:debian` `address:10.0`   a part of that; a tag is compared whole, `tag:prod*` by its start
 *   `link:ssh` `link:failing`   how it is reached, or how that way is
 *   `online` `stale` `offline` `pending` …, `state:online`
 *   `cpu>80` `memory>=90` `disk<50` `load>4` `temp>70` `rx>10M` `tx>1M` `troubled>0` `age>60`   per cent, degrees, bytes a second, seconds
 *   `-word` is the opposite; quotes keep spaces together: `name:"web 1"`
 */
export interface Filter {
  readonly matches: (server: Server, now: number) => boolean;
  /** Words that look like a comparison or a field but are none; they match nothing. */
  readonly wrong: readonly string[];
}

type Test = (server: Server, now: number) => boolean;

const NUMBERS: Readonly<Record<string, (server: Server, now: number) => number | null>> = {
  cpu: ({ summary }) => percent(summary.cpuBusyRatio),
  memory: ({ summary }) => percent(summary.memoryUsedRatio),
  disk: ({ summary }) => percent(summary.worstDisk?.usedRatio ?? null),
  load: ({ summary }) => summary.load1,
  temp: ({ summary }) => summary.temperatureCelsius,
  rx: ({ summary }) => summary.networkReceiveBytesPerSecond,
  tx: ({ summary }) => summary.networkTransmitBytesPerSecond,
  services: ({ services }) => services.total,
  troubled: (server) => troubledServices(server) + troubledProbes(server),
  age: ({ summary }, now) => (summary.at === null ? null : (now - summary.at) / 1_000),
};
const NUMBER_SYNONYMS: Readonly<Record<string, string>> = { mem: "memory", ram: "memory", temperature: "temp" };

const TEXTS: Readonly<Record<string, (server: Server, wanted: string) => boolean>> = {
  tag: (server, wanted) => server.tags.some((tag) => equals(tag, wanted)),
  name: (server, wanted) => lower(server.name).includes(wanted),
  os: (server, wanted) => lower(`${server.facts?.osName ?? ""} ${server.facts?.osVersion ?? ""}`).includes(wanted),
  address: (server, wanted) => lower(server.address ?? "").includes(wanted),
  link: (server, wanted) => server.link === wanted || server.linkState?.is === wanted,
  state: (server, wanted) => serverState(server) === wanted,
};

const MULTIPLES: Readonly<Record<string, number>> = {
  "": 1,
  "%": 1,
  k: 1_024,
  m: 1_024 ** 2,
  g: 1_024 ** 3,
  t: 1_024 ** 4,
};

export const lower = (text: string): string => text.toLocaleLowerCase();
/** Whether a text is what is wanted, or begins with it where a `*` ends that. */
export const equals = (text: string, wanted: string): boolean =>
  wanted.endsWith("*") ? lower(text).startsWith(wanted.slice(0, -1)) : lower(text) === wanted;
/** What a name in a word stands for; names that every object has, such as `constructor`, stand for nothing. */
export const meantBy = <T>(names: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(names, name) ? names[name] : undefined;
const percent = (ratio: number | null): number | null => (ratio === null ? null : ratio * 100);
const isState = (word: string): word is ServerStateName => SERVER_STATES.some((state) => state === word);

/** Splits at spaces outside quotes; the quotes go. */
export function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.map((word) => word.replaceAll('"', "")).filter((word) => word !== "");
}

/** One filter of many words, each read in lower case by `parseWord`; with a word that it does not know nothing matches. */
export function filterOf<Of extends readonly unknown[]>(
  text: string,
  parseWord: (word: string) => ((...of: Of) => boolean) | undefined,
): { readonly matches: (...of: Of) => boolean; readonly wrong: readonly string[] } {
  const tests: ((...of: Of) => boolean)[] = [];
  const wrong: string[] = [];
  for (const word of splitWords(text)) {
    const negated = word.length > 1 && word.startsWith("-");
    const test = parseWord(lower(negated ? word.slice(1) : word));
    if (!test) wrong.push(word);
    else tests.push(negated ? (...of) => !test(...of) : test);
  }
  if (wrong.length > 0) tests.push(() => false);
  return { wrong, matches: (...of) => tests.every((test) => test(...of)) };
}

export const parseFilter = (text: string): Filter => filterOf(text, parseWord);

function parseWord(word: string): Test | undefined {
  const comparison = /^([a-z]+)(>=|<=|>|<|=)(.*)$/.exec(word);
  if (comparison) return parseComparison(comparison[1]!, comparison[2]!, comparison[3]!);
  const field = /^([a-z]+):(.*)$/.exec(word);
  if (field) {
    const matches = meantBy(TEXTS, field[1]!);
    const wanted = field[2]!;
    if (matches && wanted !== "" && (field[1] !== "state" || isState(wanted))) {
      return (server) => matches(server, wanted);
    }
    // Tags may hold a colon themselves, such as `rack:4`.
    return matches ? undefined : (server) => contains(server, word);
  }
  if (isState(word)) return (server) => serverState(server) === word;
  return (server) => contains(server, word);
}

function parseComparison(name: string, operator: string, amount: string): Test | undefined {
  const read = meantBy(NUMBERS, meantBy(NUMBER_SYNONYMS, name) ?? name);
  const holds = numberTest(operator, amount);
  return read && holds && ((server, now) => holds(read(server, now)));
}

/** Reads `>` and `10M` as a test of a number; undefined for an amount that is none. What is not said is neither above nor below. */
export function numberTest(operator: string, amount: string): ((value: number | null) => boolean) | undefined {
  const parts = /^(-?\d+(?:[.,]\d+)?)([%kmgt]?)$/.exec(amount);
  if (!parts) return undefined;
  const wanted = Number(parts[1]!.replace(",", ".")) * MULTIPLES[parts[2]!]!;
  return (value) => value !== null && compare(value, operator, wanted);
}

function compare(value: number, operator: string, wanted: number): boolean {
  if (operator === ">") return value > wanted;
  if (operator === "<") return value < wanted;
  if (operator === ">=") return value >= wanted;
  if (operator === "<=") return value <= wanted;
  return Math.abs(value - wanted) < 0.5;
}

const contains = (server: Server, word: string): boolean =>
  lower(server.name).includes(word) ||
  server.tags.some((tag) => lower(tag).includes(word)) ||
  lower(server.address ?? "").includes(word) ||
  lower(server.facts?.osName ?? "").includes(word);

/** Puts a word into the filter's text or takes it out, as the counts at the top do. */
export function toggleWord(text: string, word: string, others: readonly string[]): string {
  const words = splitWords(text);
  const kept = words.filter((other) => other !== word && !others.includes(other));
  return (words.includes(word) ? kept : [...kept, word])
    .map((part) => (/\s/.test(part) ? `"${part}"` : part))
    .join(" ");
}

/** What a word such as `kind:` is filtered by now; undefined for none. */
export const fieldOf = (filter: string, field: string): string | undefined =>
  splitWords(filter)
    .find((word) => word.startsWith(`${field}:`))
    ?.slice(field.length + 1);

/** The filter with another value of a field, or without the field. */
export function withField(filter: string, field: string, value: string | undefined): string {
  const others = splitWords(filter).filter((word) => !word.startsWith(`${field}:`));
  const words = value === undefined ? others : [...others, `${field}:${value}`];
  return words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(" ");
}
