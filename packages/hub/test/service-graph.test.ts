import { bareStatus } from "@muster/core";
import type { DriverName } from "@muster/core";
import type { WireService } from "@muster/protocol";
import { expect, test } from "vitest";
import { ServiceGraph } from "../src/fleet/service-graph.ts";
import { ServiceRegistry } from "../src/fleet/service-registry.ts";
import { ServiceStore } from "../src/fleet/service-store.ts";
import { CommandWorld } from "./command-world.ts";

const told = (driver: DriverName, name: string, more: Partial<WireService> = {}): WireService => ({
  ...bareStatus({ driver, name }),
  ...{ state: "running", granted: [], isLogGranted: false, defined: null },
  ...more,
});

async function graphWorld(world: CommandWorld) {
  const { db, fleet, clock } = world;
  const services = await ServiceRegistry.open({ store: new ServiceStore(db), fleet, clock });
  const tell = (server: string, ...list: readonly WireService[]): Promise<void> =>
    services.take(world.serverIds[server]!, {
      ...{ t: "services", whole: true, services: list, removed: [], ledgerId: "a", ledgerSeq: 0 },
    });
  await tell(
    "alpha",
    told("process", "api", { needs: ["db"] }),
    told("process", "db"),
    told("systemd", "lonely.service"),
  );
  await tell(
    "beta",
    told("container", "shop-1", { group: "shop", alias: "shop", needs: ["queue"] }),
    told("container", "queue-1", { group: "shop", alias: "queue" }),
  );
  const idOf = (name: string): string => services.views({ name })[0]!.id;
  return { services, idOf, tell, open: () => ServiceGraph.open({ db, services, clock }) };
}

test("[RO20] [RO21] what servers tell and what somebody has set make one graph, over a restart of the hub", async () => {
  await using world = await CommandWorld.open();
  const { idOf, open } = await graphWorld(world);
  const graph = await open();
  expect(graph.view(world.serverIds["alpha"]).services.map(({ name, layer }) => [name, layer])).toEqual([
    ["api", 1],
    ["db", 0],
  ]);
  await graph.add(idOf("db"), idOf("shop-1"), "anna");
  await graph.add(idOf("db"), idOf("shop-1"), "anna");
  const again = await open();
  const { services, links, circles } = again.view();
  expect(Object.fromEntries(services.map(({ name, layer }) => [name, layer]))).toEqual({
    api: 3,
    db: 2,
    "shop-1": 1,
    "queue-1": 0,
  });
  expect(links.map(({ source }) => source).toSorted()).toEqual(["compose", "definition", "person"]);
  expect(circles).toEqual([]);
  // The order of one server's services may go through another's.
  expect(again.needs([world.serverIds["alpha"]!])).toHaveLength(3);
  await again.remove(idOf("db"), idOf("shop-1"));
  expect((await open()).view().links).toHaveLength(2);
});

test("[RO20] [RO22] what a service needs is known as it is told, and all that follows from it", async () => {
  await using world = await CommandWorld.open();
  const { idOf, tell, open } = await graphWorld(world);
  const graph = await open();
  expect(graph.neededBy(idOf("api")).map(({ name }) => name)).toEqual(["db"]);
  await graph.add(idOf("db"), idOf("shop-1"), "anna");
  expect(graph.neededBy(idOf("api")).map(({ name }) => name)).toEqual(["db", "shop-1", "queue-1"]);
  await tell("alpha", told("process", "api"), told("process", "db"));
  expect(graph.neededBy(idOf("api"))).toEqual([]);
});

test("[RO21] nobody closes a circle by hand, nor says anything of what is not there", async () => {
  await using world = await CommandWorld.open();
  const { idOf, open } = await graphWorld(world);
  const graph = await open();
  const error = (code: string): object => expect.objectContaining({ code });
  await expect(graph.add(idOf("db"), idOf("api"), "anna")).rejects.toEqual(error("CONFLICT"));
  await expect(graph.add(idOf("db"), idOf("db"), "anna")).rejects.toEqual(error("CONFLICT"));
  await expect(graph.add(idOf("db"), "none", "anna")).rejects.toEqual(error("NOT_FOUND"));
  await expect(graph.remove(idOf("api"), idOf("db"))).rejects.toEqual(error("NOT_FOUND"));
  await graph.add(idOf("queue-1"), idOf("db"), "anna");
  await expect(graph.add(idOf("api"), idOf("shop-1"), "anna")).resolves.toBeUndefined();
  await expect(graph.add(idOf("db"), idOf("shop-1"), "anna")).rejects.toEqual(error("CONFLICT"));
});
