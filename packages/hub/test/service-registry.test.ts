import { MINUTE_MS } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { ServicesFrame, WireService } from "@muster/protocol";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { ServiceRegistry } from "../src/fleet/service-registry.ts";
import { ServiceStore } from "../src/fleet/service-store.ts";
import { CommandWorld } from "./command-world.ts";
import { wireService } from "./harness.ts";

const frame = (services: readonly Partial<WireService>[], change: Partial<ServicesFrame> = {}): ServicesFrame => ({
  ...{ t: "services", whole: true, removed: [], drivers: [], ledgerId: "ab12", ledgerSeq: 0 },
  ...change,
  services: services.map(wireService),
});
const open = ({ db, fleet, clock }: CommandWorld): Promise<ServiceRegistry> =>
  ServiceRegistry.open({ store: new ServiceStore(db), fleet, clock });
const statesOf = (registry: ServiceRegistry): readonly string[] =>
  registry
    .views()
    .map(({ name, state }) => `${name} ${state}`)
    .toSorted();

test("[SW17] a full disk holds back what is written, never what is known; it is written with what comes next", async () => {
  await using world = await CommandWorld.open();
  const alpha = world.serverIds["alpha"]!;
  const registry = await open(world);
  await registry.take(alpha, frame([{ name: "a" }, { name: "b" }]));
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(world.db);
  await sql`PRAGMA max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(world.db);
  const big = frame([{ name: "a", state: "failed", description: "x".repeat(200_000) }], {
    whole: false,
    removed: ["systemd/b"],
  });
  await expect(registry.take(alpha, big)).rejects.toThrow(/full/i);
  expect(statesOf(registry)).toEqual(["a failed"]);
  expect(statesOf(await open(world))).toEqual(["a running", "b running"]);
  await sql`PRAGMA max_page_count = 1000000`.execute(world.db);
  await registry.take(alpha, frame([{ name: "c" }], { whole: false }));
  expect(statesOf(await open(world))).toEqual(["a failed", "c running"]);
});

test("[PL10] a channel sends what was read since its run began, and nothing known while it is away", async () => {
  await using world = await CommandWorld.open();
  const alpha = world.serverIds["alpha"]!;
  const registry = await open(world);
  const readAt = (at: number): void => {
    const labels = { driver: "channel", service: "1" };
    const slots = ["channel_frames_per_second", "channel_bytes_per_second"].map((metric) =>
      world.fleet.get(alpha)!.slot(metric, labels),
    );
    world.fleet.get(alpha)!.take(slots, at, [25, 500_000]);
  };
  const sent = () => registry.views().map(({ framesPerSecond, bytesPerSecond }) => [framesPerSecond, bytesPerSecond]);
  const at = world.clock.now();
  const channel = { driver: "channel", name: "1", run: "started 1", since: at } as const;
  readAt(at - 1);
  await registry.take(alpha, frame([channel]));
  expect(sent()).toEqual([[null, null]]);
  readAt(at);
  expect(sent()).toEqual([[25, 500_000]]);
  await registry.take(alpha, frame([{ ...channel, run: "started 2", since: at + 1 }]));
  expect(sent()).toEqual([[null, null]]);
  readAt(at + 1);
  expect(sent()).toEqual([[25, 500_000]]);
  registry.lost(alpha);
  expect(sent()).toEqual([[null, null]]);
  await registry.take(alpha, frame([{ driver: "systemd", name: "1" }]));
  expect(sent()).toEqual([[undefined, undefined]]);
});

test("[SW18] a server's services are bounded: for a new one the one that is gone the longest is forgotten", async () => {
  await using world = await CommandWorld.open();
  const alpha = world.serverIds["alpha"]!;
  const registry = await open(world);
  await registry.take(alpha, frame([{ name: "first" }]));
  const first = registry.views()[0]!;
  const most = AGENT_LIMITS.servicesPerServerMax;
  for (let round = 0; round < 5; round++) {
    await world.clock.advance(MINUTE_MS);
    await registry.take(alpha, frame(Array.from({ length: most }, (_, index) => ({ name: `r${round}-${index}` }))));
  }
  expect(registry.views()).toHaveLength(most);
  expect(registry.find(first.id)).toBeUndefined();
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM service`.execute(world.db);
  expect(rows[0]!.count).toBe(4 * most);
  // Those that are there are not forgotten for others.
  await registry.take(
    alpha,
    frame(
      Array.from({ length: most }, (_, index) => ({ name: `s-${index}` })),
      { whole: false },
    ),
  );
  for (let round = 0; round < 4; round++)
    await registry.take(
      alpha,
      frame(
        Array.from({ length: most }, (_, index) => ({ name: `t${round}-${index}` })),
        { whole: false },
      ),
    );
  expect(registry.views()).toHaveLength(4 * most);
});

test("[SW18] a service that has been gone for a year is forgotten; back again it is another one, and can be found", async () => {
  await using world = await CommandWorld.open();
  const alpha = world.serverIds["alpha"]!;
  const registry = await open(world);
  await registry.take(alpha, frame([{ name: "a" }]));
  const { id } = registry.views()[0]!;
  await registry.take(alpha, frame([]));
  world.clock.stepWallTime(366 * 24 * 60 * MINUTE_MS);
  await registry.prune();
  expect(registry.find(id)).toBeUndefined();
  await registry.take(alpha, frame([{ name: "a" }]));
  const again = registry.views()[0]!;
  expect(again.id).not.toBe(id);
  expect(registry.view(again.id)).toMatchObject({ name: "a", state: "running" });
  expect((await open(world)).views()).toMatchObject([{ id: again.id }]);
});

test("[SW11] of each server's ledger the newest lines are kept, and none for longer than a year", async () => {
  await using world = await CommandWorld.open();
  const store = new ServiceStore(world.db);
  const line = (seq: number, at: number) => ({
    ...{
      seq,
      at,
      driver: "systemd" as const,
      name: "a",
      event: "state" as const,
      from: null,
      to: null,
      cause: "",
      cmd: null,
    },
  });
  const lines = Array.from({ length: 250 }, (_, index) => line(index + 1, index < 10 ? 5 : 1_000));
  for (const name of ["alpha", "beta"]) await store.addToLedger(world.serverIds[name]!, "ab", lines);
  await store.deleteLines(10, 200);
  for (const name of ["alpha", "beta"]) {
    const kept = await store.ledger(world.serverIds[name]!, { driver: "systemd", name: "a" }, { limit: 500 });
    expect(kept).toHaveLength(200);
    expect(await store.ledgerSeq(world.serverIds[name]!, "ab")).toBe(250);
  }
});
