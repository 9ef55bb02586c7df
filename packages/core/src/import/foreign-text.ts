import { isServerName, SERVER_TAG } from "../server-name.ts";
import { isSupervisedName } from "../services/definitions/index.ts";

/** Texts of other systems: cut to what Muster takes, never trusted. */

export const NAME_CHARACTERS_MAX = 64;
const TAG_CHARACTERS = 32;
export const NOTES_CHARACTERS_MAX = 2_000;
/** More of a text is not looked at where only a short one can come out. */
const LOOKED_AT = 1_024;
const SHOWN = 80;

/** A text in which control and format characters stand as escapes: none can hide or turn around what is said. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);

/** A piece of foreign text as it may stand in a message: short and printable. */
export const quoted = (text: string): string => `"${printable(text.slice(0, SHOWN))}${text.length > SHOWN ? "…" : ""}"`;

/** Editors on Windows begin a file with a mark of its encoding. */
export const withoutMark = (text: string): string => (text.startsWith("\uFEFF") ? text.slice(1) : text);

/** The nearest valid name of a server; undefined when nothing of the text can stand in one. */
export function serverNameFrom(text: string): string | undefined {
  const name = cut(text.slice(0, LOOKED_AT).replace(/[^\p{L}\p{N} ._-]+/gu, "-"), NAME_CHARACTERS_MAX);
  return isServerName(name) ? name : undefined;
}

/** The nearest valid tag. */
export function serverTagFrom(text: string): string | undefined {
  const tag = cut(text.slice(0, LOOKED_AT).replace(/[^\p{L}\p{N}:._-]+/gu, "-"), TAG_CHARACTERS);
  return SERVER_TAG.test(tag) ? tag : undefined;
}

/** The nearest valid name of a service that Muster runs. */
export function definitionNameFrom(driver: "process" | "tmux", text: string): string | undefined {
  const wrong = driver === "tmux" ? /[^A-Za-z0-9_-]+/g : /[^A-Za-z0-9_.@-]+|\.{2,}/g;
  const name = cut(text.slice(0, LOOKED_AT).replace(wrong, "-"), NAME_CHARACTERS_MAX, "_");
  return isSupervisedName(driver, name) ? name : undefined;
}

/** At most so many characters, beginning and ending with a letter or digit; a service may begin with `_` too. */
function cut(text: string, characters: number, firsts: "" | "_" = ""): string {
  const first = Array.from(text).findIndex((one) => /[\p{L}\p{N}]/u.test(one) || one === firsts);
  const part = Array.from(text).slice(Math.max(first, 0)).slice(0, characters);
  return part.slice(0, part.findLastIndex((one) => /[\p{L}\p{N}]/u.test(one)) + 1).join("");
}

/** Notes as plain text: bounded, lines kept, every other control character a space. */
export const notesFrom = (text: string): string =>
  text
    .slice(0, NOTES_CHARACTERS_MAX)
    .toWellFormed()
    .replace(/[^\P{Cc}\n]/gu, " ")
    .trim();

/** One line of at most `characters`. */
export const lineFrom = (text: string, characters: number): string =>
  notesFrom(text).replaceAll(/\s+/g, " ").slice(0, characters).toWellFormed();
