import { expect, test } from "vitest";
import { applyFleet, EMPTY_FLEET } from "./fleet-view.ts";
import type { Server } from "./fleet-view.ts";
import { countStates } from "./server-state.ts";

const server = (id: string, presence: "online" | "offline" = "online", state: Server["state"] = "active"): Server =>
  ({ id, name: id, state, presence: { is: presence, since: 0 } }) as Server;

test("a snapshot replaces everything that was known", () => {
  const before = applyFleet(EMPTY_FLEET, { whole: true, servers: [server("a")], removed: [] });
  const after = applyFleet(before, { whole: true, servers: [server("b")], removed: [] });
  expect([...after.servers.keys()]).toEqual(["b"]);
});

test("a change keeps the identity of the rows that it does not name", () => {
  const before = applyFleet(EMPTY_FLEET, { whole: true, servers: [server("a"), server("b")], removed: [] });
  const after = applyFleet(before, { whole: false, servers: [server("b", "offline")], removed: [] });
  expect(after.servers.get("a")).toBe(before.servers.get("a"));
  expect(after.servers.get("b")!.presence.is).toBe("offline");
});

test("removed servers go with their lines", () => {
  const before = applyFleet(EMPTY_FLEET, {
    whole: true,
    servers: [server("a")],
    removed: [],
    cpuLastHour: { a: [0.1, null] },
  });
  const after = applyFleet(before, { whole: false, servers: [], removed: ["a"] });
  expect(after.servers.size + after.cpuLastHour.size).toBe(0);
});

test("a change before the first snapshot is not taken for the whole fleet", () => {
  expect(applyFleet(EMPTY_FLEET, { whole: false, servers: [server("a")], removed: [] }).loaded).toBe(false);
});

test("a server that waits for approval counts as pending even while it is heard", () => {
  const counts = countStates([server("a", "online", "pending"), server("b"), server("c", "offline")]);
  expect(counts).toMatchObject({ total: 3, online: 1, offline: 1, pending: 1 });
});

test("a reading changes presence and values of the row it names, and makes no row", () => {
  const before = applyFleet(EMPTY_FLEET, { whole: true, servers: [server("a"), server("b")], removed: [] });
  const summary = { cpuBusyRatio: 0.5 } as Server["summary"];
  const reading = { presence: { is: "stale", since: 7 } as const, summary };
  const after = applyFleet(before, {
    whole: false,
    servers: [],
    readings: [
      { id: "a", ...reading },
      { id: "unheard-of", ...reading },
    ],
    removed: [],
  });
  expect(after.servers.get("a")).toMatchObject({ name: "a", summary, presence: { is: "stale", since: 7 } });
  expect(after.servers.get("b")).toBe(before.servers.get("b"));
  expect(after.servers.size).toBe(2);
});
