import { bareStatus } from "@muster/core";
import type { LedgerEntry } from "@muster/core";
import type { Service, WireService } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent, ScriptedIdentity } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";
import { wireService } from "./harness.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

const tell = (
  agent: ScriptedAgent,
  services: readonly Partial<WireService>[],
  change: { whole?: boolean; removed?: readonly string[]; ledgerSeq?: number; ledgerId?: string } = {},
): void =>
  agent.send({
    t: "services",
    whole: true,
    removed: [],
    ledgerId: "ab12",
    ledgerSeq: 0,
    ...change,
    services: services.map(wireService),
  });
const servicesOf = async ({ serverId }: ScriptedIdentity, query = ""): Promise<readonly Service[]> =>
  (await hub.ask<{ items: Service[] }>("GET", `services?server=${serverId}${query}`)).body.items;
const servicesWhen = (
  identity: ScriptedIdentity,
  fits: (services: readonly Service[]) => boolean,
): Promise<readonly Service[]> =>
  waitFor(
    async () => {
      const services = await servicesOf(identity);
      return fits(services) ? services : undefined;
    },
    { describe: async () => `services that fit; they are ${JSON.stringify(await servicesOf(identity))}` },
  );

test("what a server tells is listed with ids that stay, and a service that comes back gets its own again", async () => {
  const identity = await hub.join("tells");
  await using agent = await connectAs(hub.address, identity);
  tell(agent, [
    { name: "nginx.service" },
    { name: "app.service", state: "failed", rawState: "failed", kind: "backend" },
  ]);
  const first = await servicesWhen(identity, (services) => services.length === 2);
  expect(first.map(({ name, state, server, isCurrent }) => [name, state, server, isCurrent])).toEqual([
    ["nginx.service", "running", "tells", true],
    ["app.service", "failed", "tells", true],
  ]);
  const [nginx, app] = first as [Service, Service];
  expect((await servicesOf(identity, "&state=failed&kind=backend")).map(({ id }) => id)).toEqual([app.id]);
  expect(await servicesOf(identity, "&driver=container")).toEqual([]);

  tell(agent, [], { whole: false, removed: ["systemd/nginx.service"] });
  await servicesWhen(identity, (services) => services.length === 1);
  expect((await hub.ask<Service>("GET", `services/${nginx.id}`)).body).toMatchObject({
    rawState: "gone",
    state: "unknown",
    health: "unknown",
  });
  tell(agent, [{ name: "nginx.service", run: "run-2" }], { whole: false });
  const back = await servicesWhen(identity, (services) => services.length === 2);
  expect(back.find(({ name }) => name === "nginx.service")).toMatchObject({ id: nginx.id, run: "run-2" });

  tell(agent, [{ name: "only.service" }]);
  const whole = await servicesWhen(identity, (services) => services.length === 1);
  expect(whole[0]?.name).toBe("only.service");
});

test("of a server that is away the last state is told, and its health is unknown, also after the hub's restart", async () => {
  const identity = await hub.join("leaves");
  const agent = await connectAs(hub.address, identity);
  tell(agent, [{ name: "nginx.service" }]);
  const [there] = await servicesWhen(identity, (services) => services.length === 1);
  expect(there).toMatchObject({ health: "healthy", isCurrent: true });
  agent.terminate();
  const [away] = await servicesWhen(identity, ([service]) => service?.isCurrent === false);
  expect(away).toMatchObject({ id: there!.id, state: "running", health: "unknown" });
  await hub.restart();
  expect(await servicesOf(identity)).toMatchObject([
    { id: there!.id, state: "running", health: "unknown", isCurrent: false },
  ]);
  await using again = await connectAs(hub.address, identity);
  tell(again, [{ name: "nginx.service" }]);
  await servicesWhen(identity, ([service]) => service?.isCurrent === true && service.id === there!.id);
});

test("the ledger is fetched up to where the server says it stands, each line once, and read newest first", async () => {
  const identity = await hub.join("remembers");
  await using agent = await connectAs(hub.address, identity);
  const entry = (seq: number, name = "nginx.service"): LedgerEntry => ({
    ...bareStatusKey(name),
    seq,
    at: 1_700_000_000_000 + seq,
    event: seq % 2 === 0 ? "health" : "state",
    from: "running",
    to: "failed",
    cause: `cause ${seq}`,
    cmd: null,
  });
  const answer = async (afterSeq: number, entries: readonly LedgerEntry[], ledgerId = "ab12"): Promise<void> => {
    const call = await agent.next("call");
    expect(call).toMatchObject({ name: "ledger.read", params: { afterSeq } });
    agent.send({ t: "reply", id: call.id, ok: true, result: { ledgerId, entries } });
  };
  tell(agent, [{ name: "nginx.service" }, { name: "app.service" }], { ledgerSeq: 5 });
  await answer(0, [entry(1), entry(2), entry(3, "app.service")]);
  await answer(3, [entry(4), entry(5)]);
  const [nginx] = await servicesWhen(identity, (services) => services.length === 2);
  const lines = async (query = ""): Promise<readonly LedgerEntry[]> =>
    (await hub.ask<{ items: LedgerEntry[] }>("GET", `services/${nginx!.id}/ledger${query}`)).body.items;
  const ledger = async (query = ""): Promise<readonly string[]> => (await lines(query)).map(({ cause }) => cause);
  await waitFor(async () => (await ledger()).length === 4, { describe: () => "four lines" });
  expect(await ledger()).toEqual(["cause 5", "cause 4", "cause 2", "cause 1"]);
  expect(await ledger("?event=health")).toEqual(["cause 4", "cause 2"]);

  // Told again and again: only what is missing is asked for, and what comes twice is kept once.
  tell(agent, [], { whole: false, ledgerSeq: 6 });
  await answer(5, [entry(5), entry(6)]);
  await waitFor(async () => (await ledger()).length === 5, { describe: () => "five lines" });
  // Another ledger: its numbers begin anew and the old lines stay.
  tell(agent, [], { whole: false, ledgerSeq: 1, ledgerId: "cd34" });
  await answer(0, [{ ...entry(1), at: 4_000_000_000_000 }], "cd34");
  await waitFor(async () => (await ledger()).length === 6, { describe: () => "six lines" });

  // Page by page, over both ledgers, each line comes once; a clock that runs ahead is not believed.
  const pages: LedgerEntry[] = [];
  for (let page = await lines("?limit=2"); page.length > 0; page = await lines(`?limit=2&before=${page.at(-1)!.seq}`))
    pages.push(...page);
  expect(pages.map(({ cause }) => cause)).toEqual(["cause 1", "cause 6", "cause 5", "cause 4", "cause 2", "cause 1"]);
  expect(pages[0]!.at).toBeLessThanOrEqual(Date.now());
});

test("ports that two services of one server claim are conflicts, those of two servers are not", async () => {
  const identity = await hub.join("crowded");
  const other = await hub.join("elsewhere");
  await using agent = await connectAs(hub.address, identity);
  await using otherAgent = await connectAs(hub.address, other);
  tell(agent, [
    { name: "a.service", ports: [8_080, 9_000] },
    { name: "b.service", ports: [8_080] },
  ]);
  tell(otherAgent, [{ name: "c.service", ports: [9_000] }]);
  await servicesWhen(other, (services) => services.length === 1);
  await servicesWhen(identity, (services) => services.length === 2);
  const { body } = await hub.ask<{ items: { server: string; port: number; services: { name: string }[] }[] }>(
    "GET",
    "port-conflicts",
  );
  expect(body.items.map(({ server, port, services }) => [server, port, services.map(({ name }) => name)])).toEqual([
    ["crowded", 8_080, ["a.service", "b.service"]],
  ]);
});

test("[AG-18] a frame of services of a wrong form closes the connection; a pending server's is not heard", async () => {
  const identity = await hub.join("breaks");
  for (const broken of [
    { services: [{ ...wireService(), state: "exploding" }] },
    { services: [{ ...wireService(), name: "x".repeat(257) }] },
    { services: Array.from({ length: 1_001 }, () => wireService()) },
    { services: [{ ...wireService(), ports: [70_000] }] },
    { ledgerId: "../../etc" },
  ]) {
    await using agent = await connectAs(hub.address, identity);
    agent.send({ t: "services", whole: true, services: [], removed: [], ledgerId: "ab", ledgerSeq: 0, ...broken });
    expect((await agent.end()).code).toBe(4400);
  }
});

test("a deleted server's services and ledger are gone with it", async () => {
  const identity = await hub.join("deleted");
  const agent = await connectAs(hub.address, identity);
  tell(agent, [{ name: "nginx.service" }]);
  const [service] = await servicesWhen(identity, (services) => services.length === 1);
  await hub.ask("DELETE", `servers/${identity.serverId}`);
  expect((await hub.ask("GET", `services/${service!.id}`)).status).toBe(404);
  expect(await servicesOf(identity)).toEqual([]);
});

const bareStatusKey = (name: string) => {
  const { driver } = bareStatus({ driver: "systemd", name });
  return { driver, name };
};
