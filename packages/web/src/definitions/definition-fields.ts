import { isTree } from "./tree.ts";

/** How the fields of a form stand for parts of a definition. */

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
const listOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== "");
/** An empty list is left out, so that a definition stays short. */
const orNothing = (list: readonly unknown[]): readonly unknown[] | undefined => (list.length === 0 ? undefined : list);

interface TextForm {
  readonly toText: (value: unknown) => string;
  readonly toValue: (text: string) => { readonly value: unknown } | undefined;
}

/** One argument a line: none is ever split or joined, as a shell would. */
export const argumentLines: TextForm = {
  toText: (value) => strings(value).join("\n"),
  toValue: (text) => ({ value: orNothing(lines(text)) }),
};

export const wordList: TextForm = {
  toText: (value) => strings(value).join("\n"),
  toValue: (text) => ({ value: orNothing(listOf(text)) }),
};

export const portList: TextForm = {
  toText: (value) => (Array.isArray(value) ? value.join(", ") : ""),
  toValue: (text) => ({ value: orNothing(listOf(text).map((word) => (/^\d{1,5}$/.test(word) ? Number(word) : word))) }),
};

/** `NAME=value`, one a line. A line without `=` is kept as a variable without a value, and found by the check. */
export const variableLines: TextForm = {
  toText: (value) =>
    isTree(value)
      ? Object.entries(value)
          .map(([name, one]) => (one === null ? name : `${name}=${String(one)}`))
          .join("\n")
      : "",
  toValue(text) {
    const pairs = lines(text).map((line) => {
      const at = line.indexOf("=");
      return at > 0 ? [line.slice(0, at).trim(), line.slice(at + 1)] : [line.trim(), null];
    });
    return { value: pairs.length === 0 ? undefined : Object.fromEntries(pairs) };
  },
};

/** Seconds as typed, milliseconds as kept; what is no number is kept as typed, and found by the check. */
export const secondsToMs = (text: string): unknown => {
  const typed = text.trim().replace(",", ".");
  if (typed === "") return undefined;
  return Number.isFinite(Number(typed)) ? Math.round(Number(typed) * 1_000) : typed;
};
export const msToSeconds = (value: unknown): string =>
  typeof value === "number" ? String(value / 1_000) : value === undefined ? "" : String(value);

export const wholeNumber = (text: string): unknown => {
  const typed = text.trim();
  if (typed === "") return undefined;
  return /^\d{1,15}$/.test(typed) ? Number(typed) : typed;
};
