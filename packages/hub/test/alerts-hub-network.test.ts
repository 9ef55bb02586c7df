import { describe, expect, test } from "vitest";
import { FakeClock } from "@muster/testkit";
import type { Fleet } from "../src/fleet/fleet.ts";
import type { KnownServer } from "../src/fleet/known-server.ts";
import { LiveServer } from "../src/fleet/live-server.ts";
import { HubNetwork } from "../src/alerts/hub-network.ts";
import { alertWorld, listener } from "./alert-world.ts";
import type { Listener } from "./alert-world.ts";

const OFFLINE = { condition: { is: "offline", severity: "critical" }, forMs: 0, clearForMs: 0 };
const HUB = { condition: { is: "hub", severities: { network: "critical" } }, forMs: 30_000, clearForMs: 0 };
const WELL = { cpu_percent: 1 };
const PROXY = { settings: { trustedProxies: ["127.0.0.0/8"] } };

const titles = ({ heard }: Listener): readonly string[] => heard.map(({ kind, title }) => `${kind} ${title}`);
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `s${index}`);

describe("all servers lost at once", () => {
  test("[AL35] of six only the hub's network is told, with what it holds; who comes back is not told, who does not is, after it", async () => {
    await using world = await alertWorld(PROXY);
    await using told = await listener();
    const local = await world.server("local");
    world.says("local", WELL);
    for (const [index, name] of names(6).entries()) {
      await world.server(name, [], `203.0.113.${index + 1}`);
      world.says(name, WELL);
    }
    await world.onlyRule(OFFLINE);
    await world.admin.post("/api/v1/rules", { name: "hub", ...HUB });
    await world.notifier(told);
    await world.pass(20);
    for (const name of names(6)) world.says(name, undefined);
    await world.until(() => told.heard.length > 0, "the network is told");
    await world.pass(120);
    const text = "The hub's network seems to be down: 6 of 6 servers went silent at once";
    expect(titles(told)).toEqual([`opened ${text}`]);
    const [incident] = await world.incidents("?state=open");
    const { holds } = (await world.admin.get(`/api/v1/incidents/${incident!.id}`)).json;
    expect(holds.count).toBe(6);
    expect(holds.places.map(({ id }: { id: string }) => id)).not.toContain(local);

    for (const name of names(5)) world.says(name, WELL);
    await world.until(() => told.heard.length > 1, "the network is back");
    expect(titles(told).slice(1)).toEqual([`resolved ${text}`]);
    await world.until(() => told.heard.length > 2, "who does not come back is told");
    expect(titles(told).slice(2)).toEqual(["opened s5 is offline"]);
  });

  test("[AL35] three are told as ever, and so are six where no rule tells of the network", async () => {
    await using told = await listener();
    for (const [count, hasRule] of [
      [3, true],
      [6, false],
    ] as const) {
      await using world = await alertWorld(PROXY);
      for (const [index, name] of names(count).entries()) {
        await world.server(name, [], `203.0.113.${index + 1}`);
        world.says(name, WELL);
      }
      await world.onlyRule(OFFLINE);
      if (hasRule) await world.admin.post("/api/v1/rules", { name: "hub", ...HUB });
      await world.notifier(told);
      await world.pass(20);
      for (const name of names(count)) world.says(name, undefined);
      const before = told.heard.length;
      await world.until(() => told.heard.length > before, "they are told");
      expect(told.heard.at(-1)!.title).toContain("is offline");
    }
  });
});

/** One server far away that was heard a minute ago, and whatever the hub's machine says. */
function alone() {
  const clock = new FakeClock();
  const server = new LiveServer({ id: "a", name: "a", state: "active", intervalMs: 10_000 } as unknown as KnownServer);
  server.heardMono = clock.monotonic();
  const world = { hasRoute: undefined as boolean | undefined, isTold: true, own: new Set<string>(), asked: 0 };
  const fleet = {
    get: () => server,
    ids: () => ["a"],
    presenceOf: () => ({ is: clock.monotonic() - server.heardMono! < 30_000 ? "online" : "offline", since: 0 }),
  } as unknown as Fleet;
  const network = new HubNetwork({
    ...{ fleet, clock, hasRoute: () => world.hasRoute },
    ownAddresses: () => {
      world.asked++;
      return world.own;
    },
    isTold: () => world.isTold,
  });
  return { clock, server, world, network };
}

describe("one server and the hub's own looks outwards", () => {
  test("[AL35] it is the hub's once the default route that was there is missing, and not where there never was one", async () => {
    const at = alone();
    at.world.hasRoute = false;
    await at.clock.advance(60_000);
    at.network.look();
    expect(at.network.isDown).toBe(false);
    at.world.hasRoute = true;
    at.network.look();
    expect(at.network.isDown).toBe(false);
    at.world.hasRoute = false;
    at.network.look();
    expect([at.network.isDown, at.network.trouble]).toEqual([
      true,
      "The hub's network is down: its machine has no default route, and 1 of 1 server went silent at once",
    ]);
    at.world.isTold = false;
    expect(at.network.isDown).toBe(false);
    at.server.heardMono = at.clock.monotonic();
    at.network.look();
    expect(at.network.trouble).toBeUndefined();
  });

  test("[AL35] it is the hub's when its requests find no network: not when they are refused, go nowhere but to itself, or the server is its own", async () => {
    const at = alone();
    await at.clock.advance(60_000);
    at.network.noteLookOut({ host: "push.example.org", failure: "refused" });
    at.network.noteLookOut({ host: "127.0.0.1", failure: "timed-out" });
    at.network.look();
    expect(at.network.trouble).toBeUndefined();
    at.network.noteLookOut({ host: "push.example.org", failure: "timed-out" });
    at.network.look();
    expect(at.network.isDown).toBe(true);
    at.server.address = "::ffff:192.0.2.7";
    at.world.own.add("192.0.2.7");
    const { asked } = at.world;
    at.network.look();
    expect([at.network.isDown, at.network.isOwn("a")]).toEqual([false, true]);
    // The machine is asked for its addresses once a look, however many servers there are.
    expect(at.world.asked - asked).toBe(1);
    at.world.own.clear();
    await at.clock.advance(1_000);
    at.network.noteLookOut({ host: "push.example.org", failure: undefined });
    at.network.look();
    expect(at.network.isDown).toBe(false);
  });

  test("[AL35] a hub that looked out a moment ago waits for what it sees before a single server is told", async () => {
    const at = alone();
    at.network.noteLookOut({ host: "push.example.org", failure: undefined });
    await at.clock.advance(40_000);
    at.network.look();
    expect(at.network.isSuspected).toBe(true);
    await at.clock.advance(60_000);
    at.network.look();
    expect([at.network.isSuspected, at.network.isDown]).toEqual([false, false]);
  });
});
