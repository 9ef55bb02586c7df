import type { MachineFacts } from "../linux/machine-facts.ts";
import { boundedText } from "../linux/text.ts";
import { isFields } from "../services/definitions/index.ts";

/** Of foreign text so much is shown at most. */
export const FOREIGN_CHARACTERS_MAX = 200;

/** A text that a server gave cannot be used; the message is for people and holds at most 200 characters of it. */
export class PullTextError extends Error {
  override readonly name = "PullTextError";
}

/** Foreign text as a message may quote it: bounded, without control characters. */
export const quoted = (text: string): string => JSON.stringify(boundedText(text, FOREIGN_CHARACTERS_MAX - 2));

export type JsonRecord = Readonly<Record<string, unknown>>;

/** An answer that must be a JSON object. Throws PullTextError, which says what came instead. */
export function parseRecord(text: string): JsonRecord {
  const trimmed = text.trimStart();
  if (trimmed === "") throw new PullTextError("the answer is empty");
  if (trimmed.startsWith("<")) throw new PullTextError("a web page came instead of JSON; check port and path");
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    throw new PullTextError(`the answer is no whole JSON; it begins with ${quoted(trimmed.slice(0, 60))}`);
  }
  if (!isFields(value)) throw new PullTextError("the answer is JSON, but no object");
  return value;
}

/** A number from `min` to `max`; undefined for anything else, also for a number written as text. */
export function numberWithin(value: unknown, min: number, max: number): number | undefined {
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

/** A count or an amount: zero or more, and no infinity. */
export const amount = (value: unknown): number | undefined => numberWithin(value, 0, Number.MAX_VALUE);

/** Percent as a share of 1; undefined outside of 0 to 100. */
export function ratioOfPercent(value: unknown): number | undefined {
  const percent = numberWithin(value, 0, 100);
  return percent === undefined ? undefined : percent / 100;
}

/** Text that is there and not empty, bounded, without control characters. */
export function textOf(value: unknown, charactersMax: number): string | undefined {
  const text = typeof value === "string" ? boundedText(value, charactersMax) : "";
  return text === "" ? undefined : text;
}

/** Text or a number as it is written; empty for anything else, since what an object says of itself may throw. */
export const writtenOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** The records of a list; what is none is left out, and what is no list is empty. */
export const recordsOf = (value: unknown, countMax: number): readonly JsonRecord[] =>
  Array.isArray(value) ? value.slice(0, countMax).filter(isFields) : [];

/** What was found of a machine, each with its source; what is undefined was not. */
export function factsFrom(
  source: string,
  found: { readonly [Name in keyof MachineFacts]?: MachineFacts[Name] | undefined },
): Partial<MachineFacts> {
  const facts = Object.entries(found).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(facts) as Partial<MachineFacts>),
    sources: Object.fromEntries(facts.map(([name]) => [name, source])),
  };
}
