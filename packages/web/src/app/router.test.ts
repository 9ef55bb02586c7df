import { APP_PATHS } from "@muster/protocol";
import { expect, test } from "vitest";
import { router } from "./router.ts";

test("the hub answers every page of the app, and nothing else, with the app", () => {
  const pages = Object.keys(router.routesByPath).map((path) => path.replaceAll("$", ":").replace(/(.)\/$/, "$1"));
  expect([...new Set(pages)].filter((path) => path !== "/:").toSorted()).toEqual(APP_PATHS.toSorted());
});
