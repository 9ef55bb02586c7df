import { expect, test } from "vitest";
import { groupByTag, layOut, rowKeys } from "./layout.ts";
import type { Server } from "./fleet-view.ts";

const server = (id: string, ...tags: string[]): Server => ({ id, tags }) as unknown as Server;
const servers = [server("a", "prod", "web"), server("b"), server("c", "prod")];

test("a server stands under each of its tags, and those without any come last", () => {
  const groups = groupByTag(servers).map(([tag, members]) => [tag, members.map((member) => member.id)]);
  expect(groups).toEqual([
    ["prod", ["a", "c"]],
    ["web", ["a"]],
    [null, ["b"]],
  ]);
});

test("keys are unique though a server is drawn twice", () => {
  const keys = layOut(servers, { grouped: true, tilesPerRow: undefined }).map((item) => item.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("tiles fill rows and the last row holds the rest", () => {
  const rows = layOut(servers, { grouped: false, tilesPerRow: 2 });
  expect(rows.map((item) => (item.is === "tiles" ? item.servers.length : 0))).toEqual([2, 1]);
});

test("the keyboard finds every server once a line, in tiles and groups too, and no heading", () => {
  for (const tilesPerRow of [undefined, 2]) {
    const keys = layOut(servers, { grouped: true, tilesPerRow }).flatMap((item) => rowKeys(item).map(({ key }) => key));
    expect(keys).toEqual(["prod/a", "prod/c", "web/a", "/b"]);
  }
});
