import { JOINER, lineOf, unlinked } from "../notify/text.ts";

const NAME_MAX = 100;
const WORDS_MAX = 50;

/** Text of others as a bot may say it: one line, in which nothing becomes a link, a mention or a command. */
export const shown = (text: string, max = NAME_MAX): string => unlinked(lineOf(text, max), { eager: true });

/** The words of a line; what is between quotes is one. Names that were copied from a bot have its invisible marks in them. */
export function wordsIn(line: string): readonly string[] {
  return [...line.replaceAll(JOINER, "").matchAll(/"([^"]*)"|“([^”]*)”|«([^»]*)»|(\S+)/gu)]
    .slice(0, WORDS_MAX)
    .map((found) => found.slice(1).find((part) => part !== undefined) ?? "")
    .filter((word) => word !== "");
}

/** Whom a word means: the one with that id or name, or whoever is called like it; several where it is not clear. */
export function meant<T extends { readonly id: string; readonly name: string }>(
  word: string,
  among: readonly T[],
): readonly T[] {
  const exact = among.filter(({ id, name }) => id === word || name === word);
  if (exact.length > 0) return exact;
  const wanted = word.toLowerCase();
  const ranks: readonly ((name: string) => boolean)[] = [
    (name) => name === wanted || name === `${wanted}.service`,
    (name) => name.startsWith(wanted),
    (name) => name.includes(wanted),
  ];
  for (const fits of ranks) {
    const found = among.filter(({ name }) => fits(name.toLowerCase()));
    if (found.length > 0) return found;
  }
  return [];
}
