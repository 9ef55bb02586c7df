import { parseSettings, probeEntry } from "@muster/core";
import type { ProbeKindName, ProbeResult, ProbeSettings } from "@muster/core";
import {
  FastClock,
  MarzbanStandIn,
  MarzneshinStandIn,
  PANEL_SECRETS,
  PasarguardStandIn,
  RemnawaveStandIn,
  remnawaveId,
  waitFor,
} from "@muster/testkit";
import type { PanelStandIn, PanelStandInOptions } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { createProbe } from "../src/probes/catalog.ts";
import type { Probe } from "../src/probes/probe-kind.ts";
import { startTestHub } from "./harness.ts";
import { factOf, listen, wayHere } from "./probe-fixture.ts";

/** Fast enough that nodes connect in a moment, slow enough that sockets keep up. */
const FACTOR = 20;
const PASSWORD = "right password";

const KINDS = {
  marzban: MarzbanStandIn,
  pasarguard: PasarguardStandIn,
  marzneshin: MarzneshinStandIn,
  remnawave: RemnawaveStandIn,
} as const satisfies Partial<Record<ProbeKindName, new (options: PanelStandInOptions) => PanelStandIn>>;
type PanelName = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as PanelName[];

interface World<P extends PanelStandIn> extends AsyncDisposable {
  readonly clock: FastClock;
  readonly panel: P;
  readonly probe: Probe;
  run(timeoutMs?: number): Promise<ProbeResult>;
  act(name: string, given?: ProbeSettings): ReturnType<NonNullable<Probe["act"]>>;
  another(more: { readonly settings?: object; readonly secret?: string; readonly kind?: PanelName }): Probe;
}

async function world<K extends PanelName>(
  kind: K,
  more: Omit<PanelStandInOptions, "clock"> & { readonly settings?: object; readonly secret?: string } = {},
): Promise<World<InstanceType<(typeof KINDS)[K]>>> {
  const { settings = {}, secret = PASSWORD, ...options } = more;
  const clock = new FastClock(FACTOR);
  const panel = new KINDS[kind]({ clock, ...options }) as InstanceType<(typeof KINDS)[K]>;
  await panel.start();
  panel.fill(100);
  panel.addNode("DE-1");
  panel.addNode("NL-1");
  const way = wayHere(clock);
  const make = (given: object, password: string | undefined, product: PanelName = kind): Probe => {
    const all = { url: panel.url, user: "admin", signIn: "password", ...given };
    const parsed = parseSettings(probeEntry(product).fields, all);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const heard = () => ({ ended: null, started: null, since: 0 });
    return createProbe(product, parsed.settings, { clock, way, secret: password, heard });
  };
  const probe = make(settings, secret);
  return {
    ...{ clock, panel, probe },
    run: (timeoutMs = 5_000) => probe.run(AbortSignal.timeout(timeoutMs)),
    act: (name, given = {}) => probe.act!(name, given, AbortSignal.timeout(5_000)),
    another: (other) => make({ ...settings, ...other.settings }, other.secret ?? secret, other.kind),
    [Symbol.asyncDispose]: () => panel.stop(),
  };
}

const table = ({ report }: ProbeResult, key: string) => report.tables.find((one) => one.key === key);
const idOf = (kind: PanelName, id: number): string => (kind === "remnawave" ? remnawaveId(id) : String(id));

describe.each(NAMES)("%s", (kind) => {
  test("is read with its nodes, users by state, who is online now and its traffic, by one sign-in", async () => {
    await using at = await world(kind);
    const result = await at.run();
    expect(result).toMatchObject({ health: "healthy", tookMs: expect.any(Number) as number });
    expect(result.detail).toMatch(/2 of 2 nodes connected, 10 users online now/);
    expect([factOf(result, "usersTotal"), factOf(result, "usersActiveNow"), factOf(result, "nodesConnected")]).toEqual([
      100, 10, 2,
    ]);
    expect(table(result, "users")?.rows).toContainEqual([
      "active",
      at.panel.users.filter((one) => one.status === "active").length,
    ]);
    expect(table(result, "nodes")?.rows[0]?.slice(0, 3)).toEqual(["DE-1", "connected", "10.0.0.1"]);
    expect(result.samples.filter(({ metric }) => metric === "vpn_panel_traffic_bytes_total").length).toBeGreaterThan(0);
    const again = await at.run();
    expect(again.health).toBe("healthy");
    expect(again.report.facts.filter(({ key }) => /Speed$/.test(key)).every(({ value }) => value === 0)).toBe(true);
    expect(at.panel.logins).toBe(1);
    // What the panel gives away of its users and nodes ends at the door.
    for (const secret of [...PANEL_SECRETS, PASSWORD, "token-1"])
      expect(JSON.stringify([result, again])).not.toContain(secret);
  });

  test("[a wrong password] is tried once, whatever runs after it, until the settings change", async () => {
    await using at = await world(kind, { secret: "wrong password" });
    const first = await at.run();
    expect(first).toMatchObject({ health: "unknown", tookMs: null });
    expect(first.detail).toMatch(/^the panel refuses the user name or the password \(40[13]\); it is not tried again/);
    for (let count = 0; count < 5; count++) expect((await at.run()).detail).toBe(first.detail);
    expect((await at.act("reconnect-node", { node: idOf(kind, 1) })).outcome).toBe("failed");
    expect(at.panel.postedPasswords).toEqual(["wrong password"]);
    const changed = at.another({ secret: PASSWORD });
    expect((await changed.run(AbortSignal.timeout(5_000))).health).toBe("healthy");
    expect(at.panel.postedPasswords).toHaveLength(1);
  });

  test("a token that has ended leads to one sign-in, and to none by both of two at one time", async () => {
    await using at = await world(kind);
    await at.run();
    at.panel.forgetTokens();
    expect((await at.run()).health).toBe("healthy");
    expect(at.panel.logins).toBe(2);
    at.panel.forgetTokens();
    await Promise.all([at.run(), at.act("reconnect-node", { node: "none" })]);
    expect(at.panel.logins).toBe(3);
  });

  test("a panel that refuses the token it has just given is left alone for a while", async () => {
    await using at = await world(kind, { tokenMs: 0 });
    const first = await at.run();
    expect(first.detail).toMatch(/^the panel refuses the token that it has just given; .* wait 10 minutes/);
    await at.run();
    expect(at.panel.logins).toBe(2);
  });

  test("a made token needs no sign-in, and a wrong one is not sent again at once", async () => {
    await using at = await world(kind, {
      apiToken: "made-by-hand",
      secret: "made-by-hand",
      settings: { signIn: "token" },
    });
    expect((await at.run()).health).toBe("healthy");
    expect(at.panel.logins).toBe(0);
    const wrong = at.another({ secret: "revoked" });
    const first = await wrong.run(AbortSignal.timeout(5_000));
    expect(first).toMatchObject({ health: "unknown" });
    expect(first.detail).toMatch(
      /^the panel refuses the token: it is wrong, has expired or was revoked; .* wait 10 minutes/,
    );
    const asked = at.panel.requests.length;
    await wrong.run(AbortSignal.timeout(5_000));
    expect(at.panel.requests).toHaveLength(asked);
  });

  test("what the account may not read is told with the right that it lacks, and the rest is read", async () => {
    await using at = await world(kind, { isSudo: false });
    const result = await at.run();
    expect(result).toMatchObject({ health: "healthy" });
    expect(table(result, "nodes")).toMatchObject({ rows: [] });
    expect(table(result, "nodes")?.note).toMatch(/^Not collected: the account lacks a right: \S/);
    expect(factOf(result, "usersTotal")).toBe(100);
    expect(result.samples.some(({ metric }) => metric === "vpn_panel_nodes")).toBe(false);
  });

  test("a node in error makes it as bad as the rule says, with what the panel says of it", async () => {
    await using at = await world(kind);
    Object.assign(at.panel.nodes[1]!, { state: "error", message: "refused, password=hunter2-key" });
    const result = await at.run();
    expect(result.health).toBe("unhealthy");
    expect(result.detail).toMatch(/^node NL-1 \(error: refused, password=\[redacted\]\) instead of connected/);
    const lenient = at.another({ settings: { nodesMustBeConnected: "any" } });
    expect((await lenient.run(AbortSignal.timeout(5_000))).health).toBe("degraded");
  });

  test("reconnecting is proven by seeing the node leave and come back", async () => {
    await using at = await world(kind);
    expect(await at.act("reconnect-node", { node: idOf(kind, 1) })).toEqual({
      outcome: "succeeded",
      detail: "DE-1 was seen to leave and is connected again.",
    });
    expect((await at.act("reconnect-node", { node: "77" })).outcome).toBe("refused");
    at.panel.nodes[0]!.next = "error";
    expect(await at.act("reconnect-node", { node: idOf(kind, 1) })).toMatchObject({ outcome: "failed" });
    at.panel.nodes[1]!.next = "stays";
    expect(await at.act("reconnect-node", { node: idOf(kind, 2) })).toMatchObject({
      outcome: "unknown",
      detail: expect.stringMatching(/was not seen to leave/) as string,
    });
    at.panel.nodes[1]!.state = "disabled";
    expect(await at.act("reconnect-node", { node: idOf(kind, 2) })).toMatchObject({ outcome: "refused" });
  });

  test("an act without the right for it is refused", async () => {
    await using at = await world(kind);
    at.panel.denied.add(
      {
        marzban: "/api/node/1/reconnect",
        pasarguard: "/api/node/1/reconnect",
        marzneshin: "/api/nodes/1",
        remnawave: `/api/nodes/${remnawaveId(1)}/actions/restart`,
      }[kind],
    );
    expect(await at.act("reconnect-node", { node: idOf(kind, 1) })).toMatchObject({
      outcome: "refused",
      detail: expect.stringMatching(/^The account lacks a right/) as string,
    });
  });

  test.each([
    ["html", /a web page came instead of JSON/],
    ["cut", /no whole JSON/],
    ["huge", /longer than 8 MiB/],
    ["redirect", /redirects \(302\)/],
    ["server-error", /an error of its own \(500\)/],
    ["drop", /the connection was cut instead of an answer/],
  ] as const)("[%s] is told for what it is, and nothing of it is shown", async (fault, words) => {
    await using at = await world(kind);
    await at.run();
    at.panel.fault = fault;
    const result = await at.run();
    expect(result.health).toBe("unhealthy");
    expect(result.detail).toMatch(words);
    expect(JSON.stringify(result)).not.toContain("hunter");
    at.panel.fault = undefined;
    expect((await at.run()).health).toBe("healthy");
  });

  test("refused, hanging, half-broken and slow are told apart", async () => {
    await using at = await world(kind);
    await at.run();
    at.panel.fault = "hang";
    expect(await at.run(200)).toMatchObject({ health: "unhealthy", detail: "no answer in time", tookMs: null });
    at.panel.fault = undefined;
    await at.panel.stop();
    expect(await at.run()).toMatchObject({ health: "unhealthy", detail: "nothing listens there" });
    await at.panel.start();
    at.panel.slowMs = 1_000;
    const slow = await at.run();
    expect(slow.health).toBe("healthy");
    expect(slow.tookMs).toBeGreaterThan(900);
  });

  test("a sign-in whose fate is unclear is repeated only after a pause, because the password may have been posted", async () => {
    await using at = await world(kind);
    at.panel.fault = "server-error";
    expect((await at.run()).detail).toMatch(/^signing in did not succeed: .*\(500\).* wait 10 minutes/);
    await at.run();
    expect(at.panel.requests.filter((one) => one.startsWith("POST"))).toHaveLength(1);
  });
});

test("ten thousand users are paged through by Marzban's clock, and not at every run", async () => {
  await using at = await world("marzban");
  at.panel.fill(10_000);
  const result = await at.run();
  expect(factOf(result, "usersActiveNow")).toBe(1_000);
  const pages = (): number => at.panel.requests.filter((one) => one.startsWith("GET /api/users?")).length;
  const before = pages();
  expect(before).toBeGreaterThan(10);
  const again = await at.run();
  expect(factOf(again, "usersActiveNow")).toBe(1_000);
  expect(factOf(again, "onlineCountedAt")).toBe(factOf(result, "onlineCountedAt"));
  expect(pages()).toBe(before);
});

test("a listing of users that is cut short leaves all else as it is", async () => {
  await using at = await world("marzban");
  at.panel.fill(10_000);
  at.panel.slowMs = 1_000;
  const result = await at.run(700);
  expect(result.health).toBe("healthy");
  expect(factOf(result, "usersActiveNow")).toBeNull();
  expect(table(result, "users")?.note).toMatch(/took too long/);
  expect(factOf(result, "nodesConnected")).toBe(2);
});

test("PasarGuard that cannot be asked who is online is not believed", async () => {
  await using at = await world("pasarguard");
  at.panel.knowsOnlineAfter = false;
  const result = await at.run();
  expect(factOf(result, "usersActiveNow")).toBeNull();
  expect(table(result, "users")?.note).toMatch(/this version cannot be asked/);
});

test("the core of Marzban is looked at, and restarting it is judged by what runs afterwards", async () => {
  await using at = await world("marzban");
  expect(await at.act("restart-core")).toMatchObject({ outcome: "succeeded" });
  expect(at.panel.coreRestarts).toBe(1);
  at.panel.isCoreRunning = false;
  expect(await at.act("restart-core")).toMatchObject({ outcome: "failed" });
  expect(await at.run()).toMatchObject({ health: "unhealthy", detail: "the panel's own core does not run" });
});

test.each(["pasarguard", "remnawave"] as const)(
  "%s: nodes that do not come back after a restart are named",
  async (kind) => {
    await using at = await world(kind);
    expect(await at.act("restart-core", { core: 1 })).toMatchObject({ outcome: "succeeded" });
    at.panel.nodes[1]!.next = "error";
    expect(await at.act("restart-core", { core: 1 })).toEqual({
      outcome: "failed",
      detail: "Not connected again within 45 s: NL-1.",
    });
  },
);

test("nodes of Remnawave are disabled and enabled, and seen to be so", async () => {
  await using at = await world("remnawave");
  const node = remnawaveId(1);
  expect(await at.act("disable-node", { node })).toMatchObject({ outcome: "succeeded" });
  expect(at.panel.nodes[0]?.state).toBe("disabled");
  expect((await at.act("disable-node", { node })).detail).toBe("DE-1 was disabled already.");
  expect(await at.act("enable-node", { node })).toMatchObject({ outcome: "succeeded" });
});

test("an act that nobody waits for any more ends unknown, and one of a node in error says what it was", async () => {
  await using at = await world("marzban");
  Object.assign(at.panel.nodes[0]!, { connectMs: 600_000 });
  const given = { node: "1" };
  expect(await at.probe.act!("reconnect-node", given, AbortSignal.timeout(300))).toMatchObject({ outcome: "unknown" });
  Object.assign(at.panel.nodes[1]!, { state: "error" });
  expect(await at.act("reconnect-node", { node: "2" })).toEqual({
    outcome: "succeeded",
    detail: "NL-1 was in the state error and is connected.",
  });
});

test("another panel of the family at the address is told", async () => {
  await using at = await world("pasarguard");
  const probe = at.another({ kind: "marzban", settings: { url: `${at.panel.url}/` } });
  const result = await probe.run(AbortSignal.timeout(5_000));
  expect(result).toMatchObject({
    health: "unhealthy",
    detail: "this is PasarGuard, not Marzban: make a probe of that kind",
  });
});

test("a listener that takes the connection and never speaks is told by the time-out", async () => {
  await using mute = await listen((socket) => void socket.resume());
  await using at = await world("remnawave", { settings: { signIn: "token" } });
  const probe = at.another({ settings: { url: `http://127.0.0.1:${mute.port}` } });
  expect(await probe.run(AbortSignal.timeout(200))).toMatchObject({ health: "unhealthy", detail: "no answer in time" });
  await waitFor(() => mute.openNow() === 0, { describe: "the connection is gone" });
});

test("through the API: added, looked at, acted on by whoever may, written down, and its secret never comes back", async () => {
  await using hub = await startTestHub({ users: { admin: "admin", viewer: "viewer" } });
  await using panel = new MarzbanStandIn({ clock: hub.clock });
  await panel.start();
  panel.fill(100);
  panel.addNode("DE-1");
  const admin = hub.sessionOf("admin");
  const settings = { url: panel.url, user: "admin" };
  const without = await admin.post("/api/v1/probes", { name: "panel", kind: "marzban", settings });
  expect([without.status, without.json.error.fields]).toEqual([400, { "body.secret": "is needed by this kind" }]);
  const made = await admin.post("/api/v1/probes", { name: "panel", kind: "marzban", settings, secret: PASSWORD });
  const { id } = made.json.probe as { id: string };
  const ran = await admin.post(`/api/v1/probes/${id}/run`);
  expect(ran.json.result).toMatchObject({
    health: "healthy",
    detail: expect.stringContaining("10 users online now") as string,
  });
  const act = { arguments: { node: "1" } };
  const path = `/api/v1/probes/${id}/acts/reconnect-node`;
  expect((await hub.sessionOf("viewer").post(path, act)).status).toBe(403);
  const missing = await admin.post(path, { arguments: {} });
  expect(missing.json.error.fields).toEqual({ "body.arguments.node": "is needed" });
  const acted = await turnUntil(() => hub.clock.advance(500), admin.post(path, act));
  expect(acted.json).toMatchObject({ outcome: "succeeded", detail: "DE-1 was seen to leave and is connected again." });
  const audit = JSON.stringify((await admin.get("/api/v1/audit")).json);
  expect(audit).toContain("probe.reconnect-node");
  for (const secret of [PASSWORD, ...PANEL_SECRETS])
    expect(audit + JSON.stringify([ran.json, (await admin.get(`/api/v1/probes/${id}`)).json])).not.toContain(secret);
});

/** Turns a clock until something has ended. */
async function turnUntil<T>(turn: () => Promise<unknown>, until: Promise<T>): Promise<T> {
  let hasEnded = false;
  void until.finally(() => (hasEnded = true));
  await waitFor(
    async () => {
      await turn();
      return hasEnded;
    },
    { describe: "it has ended" },
  );
  return until;
}
