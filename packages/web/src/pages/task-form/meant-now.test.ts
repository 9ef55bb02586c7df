import type { TargetChoice } from "@muster/core";
import { expect, test } from "vitest";
import type { Server } from "../../fleet/fleet-view.ts";
import { testService } from "../../services/test-service.ts";
import { meantNow } from "./meant-now.ts";

const server = (id: string, tags: readonly string[], actions: readonly string[] | undefined) =>
  ({
    id,
    name: id,
    tags,
    policy: actions === undefined ? null : { state: "file", why: "", entries: [], actions },
  }) as unknown as Server;
const servers = new Map(
  [server("web-1", ["prod"], ["server.reboot"]), server("web-2", ["prod"], []), server("db-1", [], undefined)].map(
    (one) => [one.id, one],
  ),
);
const service = (name: string, on: string, parts: object = {}) =>
  testService({
    ...{ id: `${name}@${on}`, name, serverId: on, server: on, driver: "systemd", kind: "", granted: ["restart"] },
    ...parts,
  });
const services = [
  service("nginx", "web-1", { kind: "web" }),
  service("nginx", "web-2", { kind: "web", granted: [] }),
  service("postgres", "db-1"),
  service("cache", "web-1", { driver: "container", granted: ["restart", "pause"] }),
];
const known = { services, servers };

test.each<readonly [TargetChoice, readonly string[]]>([
  [{ services: ["nginx@web-2", "gone"] }, ["nginx@web-2"]],
  [{ name: "nginx" }, ["nginx@web-1", "nginx@web-2"]],
  [{ name: "nginx", servers: ["web-1"] }, ["nginx@web-1"]],
  [{ tag: "prod" }, ["nginx@web-1", "nginx@web-2", "cache@web-1"]],
  [{ tag: "prod", driver: "container" }, ["cache@web-1"]],
  [{ kind: "web", servers: ["web-2"] }, ["nginx@web-2"]],
  [{ name: "nobody" }, []],
])("%j means %j", (targets, names) => {
  expect(meantNow("service.restart", targets, known).names).toEqual(names);
});

test("what a server does not grant is told", () => {
  expect(meantNow("service.restart", { name: "nginx" }, known).refused).toEqual(["nginx@web-2"]);
  expect(meantNow("container.pause", { tag: "prod" }, known)).toEqual({
    count: 1,
    names: ["cache@web-1"],
    refused: [],
  });
});

test("an action on servers means servers, and one whose policy is not known is not told", () => {
  expect(meantNow("server.reboot", { tag: "prod" }, known)).toEqual({
    ...{ count: 2, names: ["web-1", "web-2"], refused: ["web-2"] },
  });
  expect(meantNow("server.reboot", { servers: ["db-1"] }, known).refused).toEqual([]);
});
