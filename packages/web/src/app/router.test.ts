import { APP_PATHS } from "@muster/protocol";
import { expect, test } from "vitest";
import { router } from "./router.ts";

test("the hub answers every page of the app, and nothing else, with the app", () => {
  const pages = Object.keys(router.routesByPath).map((path) => path.replaceAll("$", ":").replace(/(.)\/$/, "$1"));
  expect([...new Set(pages)].filter((path) => path !== "/:").toSorted()).toEqual(APP_PATHS.toSorted());
});

test("the page of another thing begins anew, and its tabs with it; another tab leaves the page as it is", () => {
  const keys = (path: string): readonly string[] =>
    router.matchRoutes(path, {}).map(({ routeId, loaderDeps, _strictParams, _strictSearch }) => {
      const about = { routeId, loaderDeps, params: _strictParams, search: _strictSearch } as never;
      return `${routeId} ${JSON.stringify(router.options.defaultRemountDeps?.(about))}`;
    });
  const first = keys("/servers/1/connection");
  const other = keys("/servers/2/connection");
  const tab = keys("/servers/1/settings");
  expect(first.slice(0, 2)).toEqual(other.slice(0, 2));
  expect(first.slice(2).filter((key) => other.includes(key))).toEqual([]);
  expect(first.slice(0, 3)).toEqual(tab.slice(0, 3));
});

test.each([
  ["/services", { q: ["x"], sort: 5, group: {} }],
  ["/logs", { service: 5, at: "abc", level: 99 }],
  ["/compare", { servers: 5, range: [] }],
  ["/services/1/logs", { at: -5, q: {} }],
  ["/servers/1", { range: 7, compare: "yes" }],
  ["/audit", { actor: 1, target: [] }],
  ["/add", { way: "post" }],
  ["/servers/1/channels", { q: ["x"], sort: 5 }],
])("%s opens with a mangled address, and its page sees none of it", (path, search) => {
  const [page] = router.matchRoutes(path, search).slice(-1);
  expect(page!.search).toEqual({});
});
