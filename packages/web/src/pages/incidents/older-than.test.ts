import { expect, test } from "vitest";
import { testIncident } from "../../incidents/test-incident.ts";
import { eachOnce, olderThan } from "./older-than.ts";

const PAGE = 4;
/** What the hub gives: the newest first, those before an instant. */
const pageOf = (openings: readonly number[], before = Number.POSITIVE_INFINITY) =>
  openings
    .map((openedAt, index) => testIncident({ title: String(index), openedAt }))
    .filter(({ openedAt }) => openedAt < before)
    .slice(0, PAGE);

test.each([
  ["one after the other", [9, 8, 7, 6, 5, 4, 3, 2, 1]],
  ["several at once where a page ends", [9, 8, 7, 6, 6, 6, 5, 4, 4]],
  ["hardly more than a page", [9, 8, 7, 6, 5]],
  ["nothing", []],
])("[UI45] page by page none is left out and none comes twice: %s", (_title, openings) => {
  const pages = [pageOf(openings)];
  for (let before = olderThan(pages[0]!, PAGE); before !== undefined; before = olderThan(pages.at(-1)!, PAGE))
    pages.push(pageOf(openings, before));
  expect(eachOnce(pages).map(({ openedAt }) => openedAt)).toEqual(openings);
});

test("a page of incidents that all opened at once is not asked for again and again", () => {
  expect(olderThan(pageOf([5, 5, 5, 5, 5, 4]), PAGE)).toBe(5);
});
