import { boundedText } from "../../linux/text.ts";
import { FOREIGN_CHARACTERS_MAX, PullTextError, quoted, textOf } from "../../pull/pull-text.ts";
import type { JsonRecord } from "../../pull/pull-text.ts";
import { isFields } from "../../services/definitions/index.ts";
import { redactText } from "../../services/redact.ts";
import type { Instant } from "../../time.ts";

export const NODES_MAX = 200;
const NAME_CHARACTERS_MAX = 100;

/** The value that an answer holds. Throws PullTextError, which says what came instead. */
export function parsePanelJson(text: string): unknown {
  const begin = text.slice(0, 200).trimStart();
  if (begin === "") throw new PullTextError("the answer is empty");
  if (begin.startsWith("<"))
    throw new PullTextError(
      "a web page came instead of JSON; check the address, and that no other sign-in stands before the panel",
    );
  try {
    return JSON.parse(text);
  } catch {
    // What a panel answers may hold keys of its users: nothing of it is quoted beyond how it begins.
    throw new PullTextError(`the answer is no whole JSON; it begins with ${quoted(begin.slice(0, 20))}`);
  }
}

/** An answer that must be an object. Throws PullTextError. */
export function panelRecord(text: string): JsonRecord {
  const value = parsePanelJson(text);
  if (!isFields(value)) throw new PullTextError("the answer is JSON, but no object");
  return value;
}

/** What stands in the envelope `response` of Remnawave. Throws PullTextError. */
export function enveloped(text: string): unknown {
  const { response } = panelRecord(text);
  if (response === undefined) throw new PullTextError("the answer has no `response`; is this Remnawave?");
  return response;
}

export const recordAt = (value: JsonRecord, key: string): JsonRecord => {
  const found = value[key];
  return isFields(found) ? found : {};
};

/** A count of things; null for what is none. */
export const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Bytes, also as digits in a text, because they may be more than a number of JSON holds. */
export function bytesOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,25}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null;
}

export const nameOf = (value: unknown): string | null => textOf(value, NAME_CHARACTERS_MAX) ?? null;

/** An id of a number or a text that may stand in a path. */
export function idOf(value: unknown): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  return typeof value === "string" && /^[A-Za-z0-9-]{1,64}$/.test(value) ? value : null;
}

/** What somebody else wrote, for people: bounded, and without what looks like a secret. */
export function saidOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = boundedText(redactText(value.slice(0, 2_000)), FOREIGN_CHARACTERS_MAX);
  return text === "" ? null : text;
}

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/;

/** An instant in ISO 8601; these panels mean UTC where they name no zone. */
export function panelInstant(value: unknown): Instant | null {
  if (typeof value !== "string" || value.length > 40) return null;
  const found = ISO.exec(value);
  if (found === null) return null;
  const at = Date.parse(`${value.replace(" ", "T")}${found[1] === undefined ? "Z" : ""}`);
  return Number.isFinite(at) ? at : null;
}
