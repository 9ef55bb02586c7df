import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { alertWorld, listener, worldOf } from "./alert-world.ts";
import type { AlertWorld, Listener } from "./alert-world.ts";
import { startTestHub } from "./harness.ts";

const OFFLINE = { condition: { is: "offline", severity: "critical" }, forMs: 0, clearForMs: 0 };
const WELL = { cpu_percent: 1 };

const titles = ({ heard }: Listener): readonly string[] => heard.map(({ kind, title }) => `${kind} ${title}`);
const behind = (world: AlertWorld, id: string, parents: object) =>
  world.admin.ask("PUT", `/api/v1/servers/${id}/parents`, { body: parents });
const detailOf = async (world: AlertWorld, title: string) => {
  const found = (await world.incidents()).find((incident) => incident["title"] === title);
  return (await world.admin.get(`/api/v1/incidents/${found!.id}`)).json;
};

/** A port that answers until it is closed. */
async function port() {
  const server = createServer((socket) => void socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
  return { number: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: () => close().then(() => {}) };
}

describe("servers behind others", () => {
  test("[AL34] of a gateway that is down only the gateway is told; it says what it holds, and what does not come back after it is told then", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    const ids = new Map<string, string>();
    for (const name of ["gw", "a", "b"]) {
      ids.set(name, await world.server(name));
      world.says(name, WELL);
    }
    await world.onlyRule(OFFLINE);
    await world.notifier(told);
    for (const name of ["a", "b"]) {
      const set = await behind(world, ids.get(name)!, { serverIds: [ids.get("gw")] });
      expect(set.json).toEqual({
        parents: [{ is: "server", id: ids.get("gw"), name: "gw" }],
        ...{ way: null, heldBehind: null },
      });
    }
    await world.pass(20);
    for (const name of ids.keys()) world.says(name, undefined);
    await world.until(() => told.heard.length > 0, "the gateway is told");
    await world.pass(150);
    expect(titles(told)).toEqual(["opened gw is offline"]);
    const { holds } = await detailOf(world, "gw is offline");
    expect(holds.count).toBe(2);
    expect(holds.places.map(({ name }: { name: string }) => name).toSorted()).toEqual(["a", "b"]);
    const held = await world.admin.get(`/api/v1/servers/${ids.get("a")}/parents`);
    expect(held.json.heldBehind).toMatchObject({ name: "gw" });

    world.says("gw", WELL);
    world.says("b", WELL);
    await world.until(() => told.heard.length > 1, "the gateway is back");
    expect(titles(told)).toEqual(["opened gw is offline", "resolved gw is offline"]);
    await world.pass(60);
    expect(told.heard).toHaveLength(2);
    await world.pass(150);
    expect(titles(told).slice(2)).toEqual(["opened a is offline"]);
  });

  test("[AL34] what is told already is held while its parent is down, by a probe too, and says behind what; a parent that is deleted holds nothing", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await using link = await port();
    const id = await world.server("a");
    world.says("a", WELL);
    const made = await world.admin.post("/api/v1/probes", {
      ...{
        name: "link B",
        kind: "tcp",
        settings: { host: "127.0.0.1", port: link.number },
        fall: 1,
        intervalMs: 10_000,
      },
    });
    expect(made.status).toBe(201);
    const probeId = made.json.probe.id as string;
    await world.onlyRule(OFFLINE);
    await world.notifier(told, { repeatMs: 60_000 });
    expect((await behind(world, id, { probeIds: [probeId] })).status).toBe(200);
    await world.pass(20);
    world.says("a", undefined);
    await world.until(() => told.heard.length === 1, "it is told");
    await link.close();
    const isBehind = async () => (await world.incidents())[0]!["heldBehind"] !== null;
    await world.until(isBehind, "it is held");
    expect((await world.incidents())[0]!["heldBehind"]).toEqual({ is: "probe", id: probeId, name: "link B" });
    const before = told.heard.length;
    await world.pass(200);
    expect(told.heard).toHaveLength(before);

    await world.admin.ask("DELETE", `/api/v1/probes/${probeId}`);
    expect((await world.admin.get(`/api/v1/servers/${id}/parents`)).json.parents).toEqual([]);
    await world.until(() => told.heard.length > before, "it is told again");
    expect(told.heard.at(-1)).toMatchObject({ kind: "reminder", title: "a is offline" });
  });

  test("[AL34] a circle is refused with the way round, what is not there by its name, a parent that is silenced holds all the same, and a start forgets nothing", async () => {
    const world = await alertWorld();
    await using told = await listener();
    const [a, b, c] = [await world.server("a"), await world.server("b"), await world.server("c")];
    expect((await behind(world, a, { serverIds: [b] })).status).toBe(200);
    expect((await behind(world, b, { serverIds: [c] })).status).toBe(200);
    const round = await behind(world, c, { serverIds: [a] });
    expect(round.status).toBe(400);
    expect(round.json.error.fields).toEqual({
      "body.serverIds": "would make it depend on itself: c depends on a depends on b depends on c",
    });
    const own = await behind(world, a, { serverIds: [a] });
    expect(own.json.error.fields).toEqual({
      "body.serverIds": "would make it depend on itself: a depends on a",
    });
    const about = await world.admin.post("/api/v1/probes", {
      ...{ name: "of a", kind: "tcp", settings: { host: "127.0.0.1", port: 9 }, about: a },
    });
    expect((await behind(world, a, { probeIds: [about.json.probe.id] })).json.error.fields).toEqual({
      "body.probeIds": "would make it depend on itself: a depends on of a depends on a",
    });
    expect((await behind(world, a, { serverIds: [about.json.probe.id] })).status).toBe(404);

    await world.onlyRule(OFFLINE);
    await world.notifier(told);
    for (const name of ["a", "b", "c"]) world.says(name, WELL);
    await world.pass(20);
    const until = world.hub.clock.now() + 600_000;
    await world.admin.post("/api/v1/silences", { matcher: { serverIds: [c] }, reason: "works", until });
    for (const name of ["a", "b", "c"]) world.says(name, undefined);
    await world.pass(300);
    expect((await world.incidents()).map(({ title }) => title)).toEqual(["c is offline"]);
    expect(told.heard).toEqual([]);

    await world.hub.stop();
    await using again = worldOf(await startTestHub({ directory: world.hub.directory, clock: world.hub.clock }));
    expect((await again.admin.get(`/api/v1/servers/${a}/parents`)).json.parents).toMatchObject([{ id: b, name: "b" }]);
  });
});
