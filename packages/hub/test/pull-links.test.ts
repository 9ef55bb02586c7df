import type { RouteAnswer } from "@muster/protocol";
import { AstraStandIn, IpvtlStandIn, MediamtxStandIn, VirgilioStandIn, waitFor } from "@muster/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";

let hub: TestHub;
let admin: Client;
let operator: Client;

beforeEach(async () => {
  hub = await startTestHub();
  admin = hub.sessionOf("admin");
  operator = hub.sessionOf("operator");
});
afterEach(() => hub[Symbol.asyncDispose]());

async function add(name: string, link: object, secret?: string): Promise<string> {
  const body = { name, link: { kind: "pull", ...link }, ...(secret !== undefined && { secret }) };
  const made = await admin.post("/api/v1/servers", body);
  expect(made.status, made.text).toBe(201);
  return made.json.server.id as string;
}
const server = async (id: string) => (await admin.get(`/api/v1/servers/${id}`)).json;
const read = async (id: string) => admin.post(`/api/v1/servers/${id}/refresh`);
type Channel = RouteAnswer<"GET /api/v1/services/{id}">;
const channels = async (id: string) =>
  (await admin.get(`/api/v1/services?server=${id}`)).json.items as readonly Channel[];

/** Turns the clock until a condition holds: what is under way waits for it. */
async function whileTimePasses<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T> {
  return (await waitFor(
    async () => {
      const found = await condition();
      if (!found) await hub.clock.advance(500);
      return found;
    },
    { timeoutMs: 20_000, intervalMs: 1, describe: what },
  )) as T;
}
/** A box is known a moment after it was added: its secret is fetched first. */
const whenRead = (id: string): Promise<unknown> =>
  whileTimePasses("it is read", async () => (await read(id)).status === 200);

async function ended(client: Client, body: object): Promise<{ outcome: string; detail: string }> {
  const asked = await client.post("/api/v1/actions", body);
  expect(asked.status, asked.text).toBe(202);
  const { id } = asked.json.items[0] as { id: string };
  return whileTimePasses("the action ends", async () => {
    const { json } = await client.get(`/api/v1/actions/${id}`);
    return json.state === "ended" && (json as { outcome: string; detail: string });
  });
}

test("[PL30] a box is a server like any other: its readings, its channels as services, its link", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 2 });
  await box.start();
  box.run(1, 60);
  const id = await add("box", { adapter: "ipvtl", url: box.url, channelNames: { 1: "News" } });
  expect((await server(id)).linkState.is).toMatch(/^(?:waiting|ok)$/);
  await whenRead(id);
  await whileTimePasses("channels are told", async () => (await channels(id)).length === 2);
  expect(await server(id)).toMatchObject({
    link: "pull",
    linkState: { is: "ok", detail: "" },
    presence: { is: "online" },
    summary: { cpuBusyRatio: expect.any(Number) },
    services: { total: 2 },
  });
  expect(await channels(id)).toMatchObject([
    { name: "1", description: "News", state: "running", granted: ["start", "stop", "restart"] },
    { name: "2", state: "stopped" },
  ]);
});

test("[PL60] the paths of a streaming server are services that can only be looked at", async () => {
  await using streams = new MediamtxStandIn(hub.clock);
  await streams.start();
  const id = await add("streams", { adapter: "mediamtx", url: streams.url });
  await whenRead(id);
  await whileTimePasses("what comes in is measured", async () => {
    await read(id);
    return (await channels(id)).some(({ bytesPerSecond, health }) => (bytesPerSecond ?? 0) > 0 && health === "healthy");
  });
  expect(await channels(id)).toMatchObject([
    { name: "cam", state: "stopped", granted: [], verbs: [] },
    { name: "live", state: "running", health: "healthy", kind: "rtmpConn", granted: [] },
  ]);
});

test("[PL10] a channel tells the frames and bytes of its run, live with each reading; null when it tells none", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 2 });
  await box.start();
  box.run(1, 60);
  const id = await add("box", { adapter: "ipvtl", url: box.url });
  await whenRead(id);
  const sent = async () =>
    (await channels(id)).map(({ framesPerSecond, bytesPerSecond }) => [framesPerSecond, bytesPerSecond]);
  await whileTimePasses("it is told", async () => (await sent())[0]?.[0] === 25);
  expect(await sent()).toEqual([
    [25, 500_000],
    [null, null],
  ]);
  const live = await openLive(hub, operator);
  live.send({ t: "subscribe", topic: `services-of/${id}` });
  const told = (fits: (first: Channel) => boolean, what: string) =>
    live.next(
      ({ t, state }) => t === "state" && state.services?.some((one: Channel) => one.name === "1" && fits(one)),
      what,
    );
  await told(({ bytesPerSecond }) => bytesPerSecond === 500_000, "the state of now");
  box.kilobitsPerSecond = 2_000;
  await read(id);
  await told(({ bytesPerSecond, state }) => bytesPerSecond === 250_000 && state === "running", "what was read later");
  box.channel(1).fault = "no-status";
  await read(id);
  await told(({ framesPerSecond, run }) => framesPerSecond === null && run === null, "that it does not tell");
  await live.close();
  box.channel(1).fault = undefined;
  await read(id);
  await whileTimePasses("it tells again", async () => (await sent())[0]?.[0] === 25);
  await box.stop();
  await read(id);
  expect((await sent())[0]).toEqual([null, null]);
});

test("[PL58] while somebody looks at its channels a box is read as often as its kind bears, and afterwards at its own pace", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 1 });
  await box.start();
  box.run(1, 60);
  const id = await add("box", { adapter: "ipvtl", url: box.url });
  await whenRead(id);
  await whileTimePasses("channels are told", async () => (await channels(id)).length === 1);
  const triedAt = async () => (await server(id)).linkState.triedAt as number;
  const live = await openLive(hub, operator);
  live.send({ t: "subscribe", topic: `services-of/${id}` });
  await live.next(({ t }) => t === "state", "the state of now");
  for (let turn = 0; turn < 4; turn++) {
    const before = await triedAt();
    await hub.clock.advance(5_000);
    await waitFor(async () => (await triedAt()) > before, {
      timeoutMs: 20_000,
      describe: "a look within five seconds",
    });
  }
  await live.close();
  const looks = (count: number): Promise<unknown> => {
    const before = box.requests.length;
    return whileTimePasses(`${count} looks`, async () => box.requests.length >= before + count);
  };
  // The lease ends in the meantime.
  await looks(6);
  const fromMs = hub.clock.monotonic();
  await looks(2);
  expect(hub.clock.monotonic() - fromMs).toBeGreaterThanOrEqual(30_000);
});

test("[PL57] a server is read at once when it is added or gets another address; at the hub's start it waits for its place", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 2 });
  await using other = new IpvtlStandIn({ clock: hub.clock, channelCount: 3 });
  await Promise.all([box.start(), other.start()]);
  const link = (url: string): object => ({ kind: "pull", adapter: "ipvtl", url });
  const whenAsked = (asked: IpvtlStandIn): Promise<unknown> =>
    waitFor(() => asked.requests.length > 0, { timeoutMs: 20_000, intervalMs: 1, describe: "it is asked" });
  // The clock stands still: nothing here is due.
  const id = await add("box", link(box.url));
  await whenAsked(box);
  await admin.ask("PUT", `/api/v1/servers/${id}/link`, { body: { link: link(other.url) } });
  await whenAsked(other);

  await hub.stop();
  for (const { requests } of [box, other]) requests.length = 0;
  const again = await startTestHub({ directory: hub.directory, clock: hub.clock });
  const later = again.sessionOf("admin");
  expect((await later.post("/api/v1/servers", { name: "new", link: link(box.url) })).status).toBe(201);
  await whenAsked(box);
  // It was begun with before the new one.
  expect((await later.get(`/api/v1/servers/${id}`)).json.linkState).toMatchObject({ is: "waiting", triedAt: null });
  await again.stop();
  expect(other.requests).toEqual([]);
});

test("[PL31] a channel is restarted through the bus, once, with its outcome in the audit log and its ledger", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 2, startMs: 1_500, stopMs: 1_000 });
  await box.start();
  box.run(1, 60);
  const id = await add("box", { adapter: "ipvtl", url: box.url });
  await whenRead(id);
  await whileTimePasses("channels are told", async () => (await channels(id)).length === 2);
  const [channel] = await channels(id);
  const action = { action: "service.restart", targets: { services: [channel!.id] } };
  expect((await hub.sessionOf("viewer").post("/api/v1/actions", action)).status).toBe(403);
  expect(await ended(operator, action)).toMatchObject({ outcome: "succeeded" });
  expect(box.effects).toEqual(["1 stop", "1 start"]);
  const audit = (await admin.get("/api/v1/audit?action=service.restart")).json.items as { decision: string }[];
  expect(audit.map(({ decision }) => decision)).toEqual(["succeeded", "allowed"]);
  const ledger = await whileTimePasses("the ledger has it", async () => {
    const lines = (await admin.get(`/api/v1/services/${channel!.id}/ledger`)).json.items as { cause: string }[];
    return lines.find(({ cause }) => cause.includes("asked for restart"));
  });
  expect(ledger.cause).toContain("operator asked for restart: succeeded");
});

test("[PL73] a stream of Astra is restarted through the bus, proven by its gap; what is not proven is unknown", async () => {
  await using astra = new AstraStandIn(hub.clock);
  astra.credential = "admin:secret";
  await astra.start();
  const id = await add("astra", { adapter: "astra", url: astra.url }, "admin:secret");
  await whenRead(id);
  await whileTimePasses("streams are told", async () => (await channels(id)).length === 3);
  expect(await channels(id)).toMatchObject([
    {
      name: "a001",
      description: "Stream a001",
      state: "running",
      health: "healthy",
      granted: ["start", "stop", "restart"],
    },
    { name: "a002", state: "stopped" },
    { name: "a003", state: "running" },
  ]);
  await read(id);
  await whileTimePasses("its bit rate is told", async () => (await channels(id))[0]?.bytesPerSecond === 500_000);
  const [stream] = await channels(id);
  const action = { action: "service.restart", targets: { services: [stream!.id] } };
  expect(await ended(operator, action)).toMatchObject({ outcome: "succeeded", detail: "a new run: on air, input 1" });
  astra.stream("a001").fault = "no-gap";
  await hub.clock.advance(1_000);
  expect(await ended(operator, action)).toMatchObject({
    ...{ outcome: "unknown", detail: expect.stringContaining("cannot be told") as string },
  });
  expect(astra.effects).toEqual(["restart-stream a001", "restart-stream a001"]);
});

test("[PL12] a list of channels that is reordered while the hub is down is noticed, until the names are saved again", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 2 });
  box.hasNames = true;
  await box.start();
  const link = { kind: "pull", adapter: "ipvtl", url: box.url, channelNames: { 1: "News", 2: "Films" } };
  const id = await add("box", link);
  await whenRead(id);
  const whenKept = (running: TestHub): Promise<unknown> =>
    waitFor(() => running.state.prepare("SELECT 1 FROM server_link WHERE list_fingerprint IS NOT NULL").get(), {
      ...{ timeoutMs: 20_000, describe: "the list is kept" },
    });
  const look = async (of: Client): Promise<string> => {
    await whileTimePasses("it is read", async () => (await of.post(`/api/v1/servers/${id}/refresh`)).status === 200);
    return ((await of.get(`/api/v1/servers/${id}`)).json.linkState as { detail: string }).detail;
  };
  const start = (of: Client) => {
    const body = { action: "service.start", targets: { servers: [id], driver: "channel", name: "1" } };
    return ended(of, body);
  };
  const save = async (of: Client): Promise<void> => {
    const saved = await of.ask("PUT", `/api/v1/servers/${id}/link`, { body: { link } });
    expect(saved.status).toBe(200);
  };

  await whenKept(hub);
  await hub.stop();
  box.order = [2, 1];
  const second = await startTestHub({ directory: hub.directory, clock: hub.clock });
  const there = second.sessionOf("admin");
  expect(await look(there)).toContain("the list of channels has changed");
  expect(await start(there)).toMatchObject({ outcome: "refused" });
  expect(box.effects).toEqual([]);
  await save(there);
  expect(await look(there)).toBe("");
  await whenKept(second);
  await second.stop();

  const third = await startTestHub({ directory: hub.directory, clock: hub.clock });
  const later = third.sessionOf("admin");
  expect(await look(later)).toBe("");
  // The same settings, saved again, are about the list as it is then.
  box.order = [1, 2];
  expect(await look(later)).toContain("the list of channels has changed");
  for (const _ of [1, 2]) {
    await save(later);
    expect(await look(later)).toBe("");
    box.order.reverse();
    expect(await look(later)).toContain("the list of channels has changed");
  }
  await save(later);
  expect(await start(later)).toMatchObject({ outcome: "succeeded" });
  await third.stop();
});

test("[PL32] what cannot be reached, or does not let us in, is said; its services are the past; it recovers by itself", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, password: "sesame" });
  await box.start();
  const id = await add("box", { adapter: "ipvtl", url: box.url }, "wrong");
  await whileTimePasses("it is not let in", async () => (await server(id)).linkState.is === "login");
  const right = await admin.ask("PUT", `/api/v1/servers/${id}/link`, {
    body: { link: { kind: "pull", adapter: "ipvtl", url: box.url }, secret: "sesame" },
  });
  expect(right.json).toMatchObject({ hasSecret: true });
  await whenRead(id);
  await whileTimePasses("channels are current", async () => (await channels(id))[0]?.isCurrent === true);

  await box.stop();
  const refused = await read(id);
  expect([refused.status, refused.code]).toEqual([503, "SERVER_OFFLINE"]);
  expect((await server(id)).linkState).toMatchObject({
    is: "failing",
    detail: expect.stringContaining("could not be read"),
  });
  expect((await channels(id)).every(({ isCurrent }) => !isCurrent)).toBe(true);
  const [channel] = await channels(id);
  const body = { action: "service.start", args: { driver: "channel", name: channel!.name } };
  expect((await operator.post(`/api/v1/servers/${id}/actions`, body)).code).toBe("SERVER_OFFLINE");
  await box.start();
  await whileTimePasses("it is reached again", async () => (await server(id)).linkState.is === "ok");
});

test("[PL33] a test tells the step that fails and the kind that answers; nothing of the secret comes back", async () => {
  await using agent = new VirgilioStandIn({ clock: hub.clock, token: "hush-hush-token" });
  await agent.start();
  const link = { kind: "pull", adapter: "ipvtl", url: agent.url };
  const wrong = await admin.post("/api/v1/link-tests", { link, secret: "hush-hush-token" });
  expect(wrong.json).toMatchObject({ ok: false, adapter: "virgilio" });
  expect(wrong.json.steps.at(-1)).toMatchObject({ ok: false });
  const right = await admin.post("/api/v1/link-tests", {
    link: { ...link, adapter: "virgilio" },
    secret: "hush-hush-token",
  });
  expect(right.json).toMatchObject({ ok: true, adapter: "virgilio" });
  await admin.get("/api/v1/audit");
  expect(hub.answers.join("") + hub.logs.join("")).not.toContain("hush-hush-token");
});

test("[EG6] tests of an address are bounded together; servers that are set up behind it are read all the same", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock, channelCount: 1 });
  await box.start();
  // One of the wrong kind looks for the right one, too, which takes several attempts.
  const link = { kind: "pull", adapter: "node-exporter", url: box.url };
  const tested = async (): Promise<string> =>
    (await admin.post("/api/v1/link-tests", { link })).json.steps.at(-1).detail as string;
  let detail = "";
  for (let count = 1; count <= 40; count++) detail = await tested();
  expect(detail).toContain("too many attempts");
  for (const name of ["one", "other"]) {
    const id = await add(name, { adapter: "ipvtl", url: box.url, channelNames: { 1: name } });
    // The clock stands still, so that no attempt is given back meanwhile.
    await waitFor(async () => (await server(id)).linkState.is === "ok", { describe: `${name} is read` });
  }
});

test("[SR-05] [AC29] a password in an address is refused at every door, before it is kept, shown or written down", async () => {
  const id = await add("box", { adapter: "ipvtl", url: "http://127.0.0.1:9/" });
  const link = { kind: "pull", adapter: "virgilio", url: "http://root:canary-5ecret@127.0.0.1:9/" };
  const answers = [
    await admin.post("/api/v1/servers", { name: "other", link }),
    await admin.ask("PUT", `/api/v1/servers/${id}/link`, { body: { link } }),
    await admin.post("/api/v1/link-tests", { link }),
    await admin.post("/backends/", { name: "other", base_url: link.url }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  await admin.get("/api/v1/audit");
  expect(hub.answers.join("") + hub.logs.join("")).not.toContain("canary-5ecret");
});

test("[SR-04] another address takes the secret from a link, so that nobody there gets it", async () => {
  await using agent = new VirgilioStandIn({ clock: hub.clock, token: "right-token" });
  await agent.start();
  const id = await add("agent", { adapter: "virgilio", url: agent.url }, "right-token");
  await whenRead(id);
  const elsewhere = { kind: "pull", adapter: "virgilio", url: "http://127.0.0.1:1" };
  const moved = await admin.ask("PUT", `/api/v1/servers/${id}/link`, { body: { link: elsewhere } });
  expect(moved.json).toMatchObject({ hasSecret: false });
  const back = { ...elsewhere, url: `${agent.url}/` };
  expect((await admin.ask("PUT", `/api/v1/servers/${id}/link`, { body: { link: back } })).json.hasSecret).toBe(false);
});

test("[PL34] a machine is rebooted where its agent can, proven by its running time", async () => {
  await using agent = new VirgilioStandIn({ clock: hub.clock, reboot: "works", awayMs: 5_000 });
  await agent.start();
  const id = await add("agent", { adapter: "virgilio", url: agent.url }, "right-token");
  await whenRead(id);
  expect(await ended(operator, { action: "server.reboot", targets: { servers: [id] } })).toMatchObject({
    outcome: "succeeded",
  });
  expect(agent.reboots).toBe(1);
});

test("[SR-01] a link never leads back to the hub itself", async () => {
  const link = { kind: "pull", adapter: "virgilio", url: `http://127.0.0.1:${hub.port}/api/v1` };
  const tested = await admin.post("/api/v1/link-tests", { link, secret: "x" });
  expect(tested.json).toMatchObject({ ok: false });
  expect(tested.json.steps.at(-1)).toMatchObject({ step: "reach", detail: expect.stringContaining("not open") });
});

test("[PL35] a revoked or deleted server is looked at no more", async () => {
  await using box = new IpvtlStandIn({ clock: hub.clock });
  await box.start();
  const id = await add("box", { adapter: "ipvtl", url: box.url });
  await whenRead(id);
  await admin.ask("PATCH", `/api/v1/servers/${id}`, { body: { state: "revoked" } });
  const before = box.requests.length;
  await hub.clock.advance(120_000);
  expect(box.requests.length).toBe(before);
  await admin.ask("PATCH", `/api/v1/servers/${id}`, { body: { state: "active" } });
  await whenRead(id);
  await admin.ask("DELETE", `/api/v1/servers/${id}`);
  const after = box.requests.length;
  await hub.clock.advance(120_000);
  expect(box.requests.length).toBe(after);
});
