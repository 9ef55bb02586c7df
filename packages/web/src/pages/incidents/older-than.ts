import type { Incident } from "../../incidents/incidents-view.ts";

/**
 * Before which instant the page after this one is read; undefined where none is left. Others that were opened in the
 * same millisecond as the last may not have fitted, so that it is asked for once more, unless a page holds nothing else.
 */
export function olderThan(page: readonly Incident[], most: number): number | undefined {
  const [first, last] = [page[0], page.at(-1)];
  if (first === undefined || last === undefined || page.length < most) return undefined;
  return first.openedAt === last.openedAt ? last.openedAt : last.openedAt + 1;
}

/** The incidents of several pages, each once. */
export const eachOnce = (pages: readonly (readonly Incident[])[]): readonly Incident[] => [
  ...new Map(pages.flat().map((incident) => [incident.id, incident])).values(),
];
