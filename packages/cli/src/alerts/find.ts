import { fileOfRule, MusterError } from "@muster/core";
import { alikeHint } from "../commands/alike-hint.ts";

/** What is meant by its id, a beginning of it, or by its name where it has one. */
export interface Findable {
  readonly id: string;
  readonly name?: string;
  readonly origin?: string | null;
}

/** The short name of a rule that came with the program; undefined of others, of which several may be from one file. */
export const shortName = (rule: Pick<Findable, "origin">): string | undefined =>
  fileOfRule(rule) === undefined ? (rule.origin ?? undefined) : undefined;

/** A shorter beginning would soon mean another one. */
const BEGINNING_CHARACTERS_MIN = 4;
const SHOWN_CHARACTERS_MIN = 8;

/**
 * The one thing that an operand names: its id, its exact or its short name, or a beginning of its id that no other one has. Throws
 * BAD_REQUEST where several have it, NOT_FOUND with the names that look alike.
 */
export function oneOf<T extends Findable>(items: readonly T[], wanted: string, what: string): T {
  const exact =
    items.find(({ id }) => id === wanted) ??
    items.find(({ name }) => name === wanted) ??
    items.find((item) => shortName(item) === wanted);
  if (exact !== undefined) return exact;
  const [first, second] =
    wanted.length < BEGINNING_CHARACTERS_MIN ? [] : items.filter(({ id }) => id.startsWith(wanted));
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined)
    throw new MusterError("BAD_REQUEST", { message: `Several ids begin with ${wanted}: write more of it.` });
  const names = items.flatMap(({ name }) => name ?? []);
  throw new MusterError("NOT_FOUND", { message: `There is no ${what} ${wanted}.${alikeHint(names, wanted)}` });
}

const WHOLE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An id that is written whole, however old what it is of; otherwise the one that begins so among those that `read` gives.
 * Throws NOT_FOUND, BAD_REQUEST.
 */
export async function idBegunBy(
  wanted: string,
  what: string,
  read: () => Promise<readonly Pick<Findable, "id">[]>,
): Promise<string> {
  if (WHOLE_ID.test(wanted)) return wanted;
  const ids = new Set((await read()).map(({ id }) => id));
  return oneOf(
    [...ids].map((id) => ({ id })),
    wanted,
    what,
  ).id;
}

/** The shortest beginnings by which all of these can be told apart, all of one length. */
export function shortIds(items: readonly Pick<Findable, "id">[]): (id: string) => string {
  const ids = items.map(({ id }) => id);
  const longest = Math.max(SHOWN_CHARACTERS_MIN, ...ids.map(({ length }) => length));
  for (let length = SHOWN_CHARACTERS_MIN; length < longest; length++)
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) {
      // One that ends with a hyphen says nothing more by it.
      return (id) => id.slice(0, length).replace(/-$/, "");
    }
  return (id) => id;
}
