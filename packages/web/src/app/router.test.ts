import { APP_PATHS } from "@muster/protocol";
import { expect, test } from "vitest";
import { router } from "./router.ts";

test("the hub answers every page of the app, and nothing else, with the app", () => {
  const pages = Object.keys(router.routesByPath).map((path) => path.replaceAll("$", ":").replace(/(.)\/$/, "$1"));
  expect([...new Set(pages)].filter((path) => path !== "/:").toSorted()).toEqual(APP_PATHS.toSorted());
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
