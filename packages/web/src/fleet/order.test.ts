import { expect, test } from "vitest";
import { compareServers, holdOrder } from "./order.ts";
import type { Server } from "./fleet-view.ts";

const server = (name: string, cpu: number | null): Server =>
  ({ id: name, name, state: "active", presence: { is: "online" }, summary: { cpuBusyRatio: cpu } }) as Server;

test("the unknown comes last whichever way is up", () => {
  const servers = [server("a", null), server("b", 0.1), server("c", 0.9)];
  const names = (descending: boolean) =>
    servers.toSorted(compareServers({ key: "cpu", descending })).map((row) => row.name);
  expect(names(true)).toEqual(["c", "b", "a"]);
  expect(names(false)).toEqual(["b", "c", "a"]);
});

test("names sort as people count", () => {
  const sorted = ["web10", "web9", "Web1"]
    .map((name) => server(name, 0))
    .toSorted(compareServers({ key: "name", descending: false }));
  expect(sorted.map((row) => row.name)).toEqual(["Web1", "web9", "web10"]);
});

test("live values do not re-order before the time, nor under the pointer", () => {
  const first = holdOrder(undefined, ["a", "b"], "cpu", 0, false);
  expect(holdOrder(first, ["b", "a"], "cpu", 3_999, false).ids).toEqual(["a", "b"]);
  expect(holdOrder(first, ["b", "a"], "cpu", 60_000, true).ids).toEqual(["a", "b"]);
  expect(holdOrder(first, ["b", "a"], "cpu", 4_000, false).ids).toEqual(["b", "a"]);
});

test("another sort takes effect at once, even under the pointer", () => {
  const first = holdOrder(undefined, ["a", "b"], "cpu", 0, false);
  expect(holdOrder(first, ["b", "a"], "name", 10, true).ids).toEqual(["b", "a"]);
});

test("while held, rows that left go and new ones come at the end", () => {
  const first = holdOrder(undefined, ["a", "b", "c"], "cpu", 0, false);
  expect(holdOrder(first, ["d", "c", "a"], "cpu", 10, true).ids).toEqual(["a", "c", "d"]);
});

test("an unchanged set keeps the same object", () => {
  const first = holdOrder(undefined, ["a", "b"], "cpu", 0, false);
  expect(holdOrder(first, ["b", "a"], "cpu", 10, false)).toBe(first);
});
