import { bareStatus, DAY_MS, DEFAULT_RULES, LineRate, MINUTE_MS } from "@muster/core";
import type { Health, Presence, Rule, RuleDefinition, RunState } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Fleet, FleetEvent } from "../src/fleet/fleet.ts";
import { LiveServer } from "../src/fleet/live-server.ts";
import type { KnownServer } from "../src/fleet/known-server.ts";
import type { LogOrder, LogStanding } from "../src/alerts/log-follower.ts";
import { RuleWatch } from "../src/alerts/rule-watch.ts";
import type { RuleWatchDeps } from "../src/alerts/rule-watch.ts";

/** A fleet that is as the test says, under real values of servers. */
function world(definitions: readonly RuleDefinition[]) {
  const clock = new FakeClock();
  const servers = new Map<string, { live: LiveServer; is: Presence["is"] }>();
  const services = new Map<
    string,
    { name: string; state: RunState; health: Health; isCurrent: boolean; isLogGranted?: boolean }[]
  >();
  const probes = new Map<string, Record<string, unknown>>();
  const troubles: ReturnType<RuleWatchDeps["hubTroubles"]> = new Map();
  const parents = new Map<string, string>();
  /** Names of services on the server "db", by name. */
  const needs = new Map<string, readonly string[]>();
  const slopes = new Map<string, number>();
  const followed = new Map<string, readonly LogOrder[]>();
  const standings = new Map<string, LogStanding>();
  let tellFleet: (event: FleetEvent) => void = () => undefined;
  let tellServices: Parameters<RuleWatchDeps["services"]["listen"]>[0] = () => undefined;
  const views = { count: 0 };
  let tellProbe: (event: { is: "changed" | "removed"; probeId: string }) => void = () => undefined;
  const watch = new RuleWatch({
    fleet: {
      get: (id: string) => servers.get(id)?.live,
      ids: () => [...servers.keys()],
      presenceOf: (server: LiveServer) => ({ is: servers.get(server.known.id)!.is, since: 0 }),
      listen: (listener: (event: FleetEvent) => void) => ((tellFleet = listener), () => undefined),
    } as unknown as Fleet,
    services: {
      views(selection) {
        views.count++;
        return (services.get(selection?.serverIds?.[0] ?? "") ?? []).map((service) => ({
          ...bareStatus({ driver: "systemd", name: service.name }),
          id: service.name,
          ...service,
        })) as never;
      },
      listen: (listener) => ((tellServices = listener), () => undefined),
    },
    probes: {
      has: (id) => probes.has(id),
      view: (id) => probes.get(id) as never,
      report: (id) => probes.get(id) as never,
      ids: () => [...probes.keys()],
      listen: (listener) => ((tellProbe = listener), () => undefined),
    },
    logs: {
      want: (serverId, orders) => {
        followed.set(serverId, orders);
        return orders.map(({ source }) => standings.get(source.name) ?? { is: "opening" });
      },
    },
    forecasts: { slope: (id: string) => slopes.get(id) } as never,
    clock,
    hubTroubles: () => troubles,
    reopenedOf: () => 0,
    neededBy: (id) => (needs.get(id) ?? []).map((name) => ({ serverId: "db", driver: "systemd", name })),
    network: { look: () => undefined, isSuspected: false, isOwn: () => false },
    dependencies: {
      parentsOf: ({ id }) => [parents.get(id) ?? []].flat().map((parent) => ({ is: "server", id: parent })),
      isDown: ({ id }) => ["stale", "offline"].includes(servers.get(id)?.is ?? "online"),
    },
  });
  const rules = definitions.map((definition, index): Rule => ({ ...definition, id: `rule-${index}` }));
  watch.setRules(rules);
  return {
    ...{ watch, clock, probes, parents, needs, slopes, rules, followed, standings, views },
    services: {
      set(serverId: string, some: NonNullable<ReturnType<typeof services.get>>) {
        services.set(serverId, some);
        tellServices({ is: "changed", serviceId: "", serverId });
      },
    },
    troubles: troubles as Map<string, { trouble: "storage" | "notifier"; title: string }>,
    server(id: string, is: Presence["is"] = "online", tags: readonly string[] = []) {
      const known = { id, name: id, tags, droppedSamples: 0, intervalMs: 10_000 } as unknown as KnownServer;
      const live = servers.get(id)?.live ?? new LiveServer(known);
      servers.set(id, { live, is });
      tellFleet({ is: "changed", serverId: id });
      return live;
    },
    reads(id: string, metric: string, value: number, labels: Readonly<Record<string, string>> = {}) {
      const { live } = servers.get(id)!;
      live.take([live.slot(metric, labels)], clock.now(), [value]);
      tellFleet({ is: "read", serverId: id, at: clock.now() });
    },
    gone(id: string) {
      servers.delete(id);
      tellFleet({ is: "removed", serverId: id });
    },
    probe(id: string, more: Readonly<Record<string, unknown>>) {
      const plain = { id, name: id, kind: "tcp", state: "active", via: null, about: null, tags: [], detail: "" };
      probes.set(id, { ...plain, health: "healthy", certificateUntil: null, beats: [], reportAt: null, ...more });
      tellProbe({ is: "changed", probeId: id });
    },
    /** What each turn says, turn after turn, a second apart. */
    async turns(count = 1): Promise<readonly string[]> {
      const said: string[] = [];
      for (let turn = 0; turn < count; turn++) {
        for (const { member, why } of await watch.turn())
          said.push(member === undefined ? `ended${why && `: ${why}`}` : `${member.severity}: ${member.title}`);
        await clock.advance(1_000);
      }
      return said;
    },
  };
}

const now = (name: string, more: Partial<RuleDefinition> = {}): RuleDefinition => ({
  ...DEFAULT_RULES[name]!,
  ...{ forMs: 0, clearForMs: 0, ...more },
});

test("[AL3] services that have failed or are not well are told with why, and end when they are well", async () => {
  const at = world([now("service")]);
  at.server("web");
  const service = { name: "nginx.service", state: "running" as RunState, health: "healthy" as Health, isCurrent: true };
  at.services.set("web", [service]);
  expect(await at.turns(2)).toEqual([]);
  at.services.set("web", [{ ...service, state: "failed" }]);
  at.server("web");
  expect(await at.turns(2)).toEqual(["error: web: nginx.service is failed"]);
  // On its way: neither.
  at.services.set("web", [{ ...service, state: "starting" }]);
  expect(await at.turns(2)).toEqual([]);
  at.services.set("web", [service]);
  expect(await at.turns(2)).toEqual(["ended"]);
});

test("[AL8] [AL13] what is not told any more has ended, what cannot be told just now has not", async () => {
  const at = world([now("service")]);
  at.server("web");
  const failed = { name: "a.service", state: "failed" as RunState, health: "unknown" as Health, isCurrent: true };
  at.services.set("web", [failed]);
  expect(await at.turns()).toHaveLength(1);
  at.services.set("web", [{ ...failed, isCurrent: false }]);
  expect(await at.turns(3)).toEqual([]);
  at.server("web", "offline");
  at.services.set("web", []);
  expect(await at.turns(3)).toEqual([]);
  at.server("web", "online");
  expect(await at.turns(3)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
});

test("[AL13] [RO22] behind a service that is told of nothing is said of those that need it, also on another server", async () => {
  const at = world([now("service", { forMs: 3_000 })]);
  at.server("db");
  at.server("web");
  at.needs.set("shop.service", ["postgres.service"]);
  const service = { state: "running" as RunState, health: "healthy" as Health, isCurrent: true };
  const be = (postgres: RunState, shop: RunState): void => {
    at.services.set("db", [{ ...service, name: "postgres.service", state: postgres }]);
    at.services.set("web", [{ ...service, name: "shop.service", state: shop }]);
    at.server("db");
    at.server("web");
  };
  be("failed", "failed");
  expect(await at.turns(90)).toEqual(["error: db: postgres.service is failed"]);
  // It does well again and what needs it does not: that is news of its own.
  be("running", "failed");
  expect(await at.turns(90)).toEqual(["ended", "error: web: shop.service is failed"]);
  be("failed", "failed");
  expect(await at.turns(90)).toEqual(["error: db: postgres.service is failed"]);
  be("running", "running");
  expect(await at.turns(5)).toEqual(["ended", "ended"]);
  // Stopped on purpose nobody is told of it, so nobody is hidden behind it.
  be("stopped", "failed");
  expect(await at.turns(90)).toEqual(["error: web: shop.service is failed"]);
});

test("[AL3] [AL7] probes and certificates", async () => {
  const at = world([now("probe"), now("certificate")]);
  at.probe("shop", { health: "unhealthy", detail: "no answer in time" });
  expect(await at.turns(2)).toEqual(["error: shop is unhealthy: no answer in time"]);
  at.probe("shop", { health: "unknown" });
  expect(await at.turns(2)).toEqual([]);
  at.probe("shop", { certificateUntil: at.clock.now() + 10 * DAY_MS });
  expect(await at.turns(2)).toEqual(["ended", "warning: shop: its certificate ends in 10 days"]);
  at.probe("shop", { certificateUntil: at.clock.now() + 2 * DAY_MS });
  expect(await at.turns(2)).toEqual(["critical: shop: its certificate ends in 2 days"]);
  at.probe("shop", { state: "paused" });
  expect(await at.turns(2)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
});

test("[AL13] a probe about a server that is away, or by way of it, says nothing new", async () => {
  const at = world([now("probe")]);
  at.server("db", "offline");
  at.probe("by", { health: "unhealthy", via: { serverId: "db", name: "db" } });
  at.probe("of", { health: "unhealthy", about: { serverId: "db", name: "db" } });
  expect(await at.turns(3)).toEqual([]);
  at.server("db", "online");
  at.probe("by", { health: "unhealthy", via: { serverId: "db", name: "db" } });
  at.probe("of", { health: "unhealthy", about: { serverId: "db", name: "db" } });
  expect((await at.turns(2)).length).toBe(2);
});

test("[AL13] who is behind a server that is away is not missed, nor is one that is being rebooted", async () => {
  const at = world([now("offline")]);
  at.parents.set("inner", "gate").set("innermost", "inner");
  for (const id of ["gate", "inner", "innermost", "other"]) at.server(id);
  expect(await at.turns()).toEqual([]);
  at.watch.rebooting("other", true);
  for (const id of ["gate", "inner", "innermost", "other"]) at.server(id, "offline");
  expect(await at.turns(3)).toEqual(["critical: gate is offline"]);
  at.server("gate");
  // Whoever is behind it has two minutes to come back.
  await at.clock.advance(MINUTE_MS);
  expect(await at.turns(2)).toEqual(["ended"]);
  await at.clock.advance(2 * MINUTE_MS);
  expect(await at.turns(2)).toEqual(["critical: inner is offline"]);
  await at.clock.advance(10 * MINUTE_MS);
  expect(await at.turns(2)).toEqual(["critical: other is offline"]);
});

test("[AL13] a reboot excuses once: not after it was refused, and not again when the server was back", async () => {
  const at = world([now("offline")]);
  at.server("refused");
  at.server("back");
  await at.turns();
  for (const id of ["refused", "back"]) at.watch.rebooting(id, true);
  at.watch.rebooting("refused", false);
  for (const id of ["refused", "back"]) at.server(id, "offline");
  expect(await at.turns(2)).toEqual(["critical: refused is offline"]);
  at.server("back", "online");
  await at.turns(2);
  at.server("back", "offline");
  expect(await at.turns(2)).toEqual(["critical: back is offline"]);
});

test("[AL3] [AL21] after a start a certificate that was not seen yet is what it was, and so is a server's clock", async () => {
  const at = world([now("certificate"), now("hub")]);
  const none = { service: null, metric: null, labels: {}, trouble: null };
  const restored = (ruleId: string, subject: object) =>
    at.watch.restore([{ ruleId, members: [{ key: "", subject, severity: "warning", clearedAt: null }] } as never]);
  at.probe("shop", { certificateUntil: null });
  at.server("web", "offline");
  restored("rule-0", { ...none, serverId: null, probeId: "shop" });
  restored("rule-1", { ...none, serverId: "web", probeId: null, trouble: "clock" });
  expect(await at.turns(5)).toEqual([]);
  at.probe("shop", { certificateUntil: at.clock.now() + 90 * DAY_MS });
  at.server("web", "online").clockOffsetMs = 0;
  at.server("web", "online");
  expect(await at.turns(2)).toEqual(["ended", "ended"]);
});

test("[AL8] a probe that has come to look at what has no certificate is not told of for the one of before", async () => {
  const at = world([now("certificate")]);
  at.probe("shop", { certificateUntil: at.clock.now() + 2 * DAY_MS });
  expect(await at.turns(2)).toEqual(["critical: shop: its certificate ends in 2 days"]);
  const ran = (health: Health) => ({ reportAt: at.clock.now(), beats: [{ at: at.clock.now(), health, tookMs: 1 }] });
  at.probe("shop", { ...ran("healthy"), reportAt: null });
  expect(await at.turns(2)).toEqual([]);
  at.probe("shop", ran("unhealthy"));
  expect(await at.turns(2)).toEqual([]);
  at.probe("shop", ran("healthy"));
  expect(await at.turns(2)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
});

test("[AL25] a series that is gone for good is told for as long as the rule is for it, where silence is to be told", async () => {
  const at = world([now("cpu", { noData: "alert", forMs: 20 * MINUTE_MS })]);
  at.server("web");
  at.reads("web", "cpu_busy_ratio", 0.1);
  await at.turns();
  const said: string[] = [];
  for (let minute = 0; minute < 90; minute++) {
    await at.clock.advance(MINUTE_MS);
    at.reads("web", "load1", 1);
    said.push(...(await at.turns()));
  }
  expect(said).toEqual(["warning: web: CPU is not known"]);
  at.reads("web", "cpu_busy_ratio", 0.1);
  expect(await at.turns(2)).toEqual(["ended"]);
});

test("[AL13] what is left of a server that is away is not judged", async () => {
  const at = world([now("cpu")]);
  at.server("web", "stale");
  at.reads("web", "cpu_busy_ratio", 0.99);
  expect(await at.turns(3)).toEqual([]);
  at.server("web", "online");
  expect(await at.turns()).toHaveLength(1);
});

test("[AL13] [AL25] what is excused is not told either where silence is to be told", async () => {
  const at = world([now("offline", { noData: "alert" })]);
  at.server("web");
  await at.turns();
  at.watch.rebooting("web", true);
  at.server("web", "offline");
  expect(await at.turns(3)).toEqual([]);
});

test("[AL2] other levels on one server, none on another, and tags", async () => {
  const disk = now("disk", {
    scope: { is: "some", serverIds: ["named"], tags: ["eu"] },
    overrides: [
      { serverId: "small", levels: [{ severity: "error", threshold: 0.5 }] },
      { serverId: "spared", levels: null },
    ],
  });
  const at = world([disk, now("disk", { scope: { is: "some", serverIds: [], tags: [] } })]);
  at.server("named");
  at.server("nobody");
  for (const id of ["tagged", "small", "spared"]) at.server(id, "online", ["eu"]);
  for (const id of ["named", "nobody", "tagged", "small", "spared"])
    at.reads(id, "filesystem_used_ratio", 0.9, { mount: "/" });
  expect((await at.turns(2)).toSorted()).toEqual([
    "error: small: Disk / used 90 % (above 50 %)",
    "warning: named: Disk / used 90 % (above 85 %)",
    "warning: tagged: Disk / used 90 % (above 85 %)",
  ]);
});

test("[AL3] rates and what is ahead", async () => {
  const at = world([now("out-of-memory"), now("disk-forecast")]);
  at.server("web");
  at.reads("web", "memory_oom_kills_total", 3);
  at.reads("web", "filesystem_used_ratio", 0.6, { mount: "/data" });
  expect(await at.turns()).toEqual([]);
  at.reads("web", "memory_oom_kills_total", 4);
  expect(await at.turns()).toEqual(["warning: web: Memory out-of-memory kills 1 a second (above 0 a second)"]);
  at.slopes.set("web", 0.5 / DAY_MS);
  at.reads("web", "memory_oom_kills_total", 4);
  at.reads("web", "filesystem_used_ratio", 0.6, { mount: "/data" });
  expect((await at.turns()).toSorted()).toEqual([
    "ended",
    "warning: web: Disk /data used will be 110 % in 24 h (above 99.5 %)",
  ]);
});

test("[AL25] that nothing is known is told only where the rule says so, and not of a server that is away", async () => {
  const at = world([now("cpu", { noData: "alert" }), now("memory")]);
  at.server("web");
  at.reads("web", "cpu_busy_ratio", 0.1);
  at.reads("web", "memory_used_ratio", 0.1);
  await at.turns();
  await at.clock.advance(6 * MINUTE_MS);
  // Its other values are of now.
  at.reads("web", "load1", 1);
  expect(await at.turns(2)).toEqual(["warning: web: CPU is not known"]);
  at.server("web", "offline");
  expect(await at.turns(2)).toEqual([]);
});

test("[AL24] trouble of the hub itself, of a server's clock and of lost samples", async () => {
  const at = world([now("hub", { clearForMs: 2_000 })]);
  const live = at.server("web");
  at.troubles.set("storage", { trouble: "storage", title: "The disk is full" });
  expect(await at.turns(2)).toEqual(["critical: The disk is full"]);
  at.troubles.clear();
  expect(await at.turns(2)).toEqual([]);
  expect(await at.turns(2)).toEqual(["ended"]);
  live.clockOffsetMs = -90_000;
  at.server("web");
  expect(await at.turns(2)).toEqual(["warning: web: its clock is 90 s off"]);
  live.clockOffsetMs = 0;
  live.droppedSamples = 5;
  at.server("web");
  expect(await at.turns(5)).toEqual(["warning: web: its agent lost samples", "ended"]);
});

test("[AL24] another host key than before is told, one that nobody has looked at yet is not", async () => {
  const at = world([now("hub")]);
  const live = at.server("web", "offline");
  live.linkState = { is: "host-key", since: 0, detail: "", step: "host-key" } as never;
  live.known = { ...live.known, lastHeardAt: null };
  expect(await at.turns(2)).toEqual([]);
  live.known = { ...live.known, lastHeardAt: 1 };
  at.server("web", "offline");
  expect(await at.turns(2)).toEqual(["critical: web: it shows another host key than before, and is not spoken to"]);
});

test("[AL8] a rule that changes takes what is wrong with it; a server that is deleted ends it", async () => {
  const at = world([now("cpu")]);
  at.server("web");
  at.reads("web", "cpu_busy_ratio", 0.99);
  expect(await at.turns()).toHaveLength(1);
  at.watch.setRules([{ ...at.rules[0]!, name: "another name" }]);
  expect(await at.turns(3)).toEqual([]);
  at.watch.setRules([{ ...at.rules[0]!, scope: { is: "some", serverIds: [], tags: [] } }]);
  expect(await at.turns(2)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
  at.watch.setRules(at.rules);
  at.reads("web", "cpu_busy_ratio", 0.99);
  expect(await at.turns()).toHaveLength(1);
  at.gone("web");
  expect(await at.turns(2)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
});

test("[AL8] after a start a series that was not read yet is still what it was; one that never comes has ended in the end", async () => {
  const at = world([now("cpu")]);
  at.server("web");
  const subject = {
    serverId: "web",
    service: null,
    probeId: null,
    metric: "cpu_busy_ratio",
    labels: {},
    trouble: null,
  };
  const member = {
    key: "web|||cpu_busy_ratio{}|",
    subject,
    title: "",
    severity: "warning",
    value: 1,
    since: 0,
    clearedAt: null,
  };
  at.watch.restore([{ ruleId: "rule-0", members: [member] } as never]);
  at.reads("web", "load1", 1);
  expect(await at.turns(5)).toEqual([]);
  await at.clock.advance(15 * MINUTE_MS);
  at.reads("web", "load1", 1);
  expect(await at.turns(2)).toEqual(["ended: it is not there any more, or the rule is not for it"]);
});

const LOGS: RuleDefinition = now("cpu", {
  noData: "alert",
  condition: {
    ...{ is: "log", drivers: [], names: ["app*"], files: ["/var/log/a.log"], pattern: "boom", isExpression: false },
    windowMs: 60_000,
    levels: [
      { severity: "warning", threshold: 2 },
      { severity: "critical", threshold: 4 },
    ],
  },
});
const app = { name: "app.service", state: "running", health: "healthy", isCurrent: true, isLogGranted: true } as const;

test("[AL38] [AL41] logs of the services and files that a rule names are followed, and what they say is counted", async () => {
  const at = world([LOGS]);
  at.server("web");
  at.services.set("web", [{ ...app }, { ...app, name: "other.service" }]);
  const rate = new LineRate(4);
  at.standings.set("/var/log/a.log", { is: "read", rate: new LineRate(4) });
  expect(await at.turns(2)).toEqual([]);
  expect(at.followed.get("web")?.map(({ source }) => source)).toEqual([
    { driver: "systemd", name: "app.service" },
    { driver: "file", name: "/var/log/a.log" },
  ]);
  at.standings.set("app.service", { is: "read", rate });
  const says = async (count: number): Promise<readonly string[]> => {
    for (let line = 0; line < count; line++) rate.add(at.clock.now());
    at.watch.logChanged("web");
    return at.turns(2);
  };
  const { count: viewed } = at.views;
  expect(await says(1)).toEqual([]);
  // Which logs there are is not asked with every line.
  expect(at.views.count).toBe(viewed);
  expect(await says(1)).toEqual(["warning: web: app.service: “boom” 2 times within 1m"]);
  expect(await says(2)).toEqual(["critical: web: app.service: “boom” 4 times within 1m"]);
  // Rare again: it is over by time alone.
  expect(await at.turns(58)).toEqual([]);
  expect(await at.turns(4)).toEqual(["ended"]);
});

test("[AL25] [AL41] a log that cannot be read is no silence: the rule says what it is, and which log, and why", async () => {
  const at = world([LOGS]);
  at.server("web");
  at.services.set("web", [{ ...app, isLogGranted: false }]);
  at.standings.set("/var/log/a.log", { is: "unreadable", why: "there is no such file" });
  expect(await at.turns(2)).toEqual([
    "warning: web: app.service: its log cannot be read (the server's policy does not let it be read)",
    "warning: web: /var/log/a.log: its log cannot be read (there is no such file)",
  ]);
  // What the policy does not let be read is not even asked for.
  expect(at.followed.get("web")).toHaveLength(1);
  expect(at.watch.logTroublesOf("rule-0")).toEqual([
    "web/app.service: the server's policy does not let it be read",
    "web//var/log/a.log: there is no such file",
  ]);
  // A break of the connection changes nothing, and neither does a server that is away.
  at.standings.set("/var/log/a.log", { is: "opening" });
  expect(await at.turns(2)).toEqual([]);
  at.services.set("web", [{ ...app, isCurrent: false }]);
  at.server("web", "offline");
  expect(await at.turns(2)).toEqual([]);
  expect(at.followed.get("web")).toHaveLength(1);
  at.server("web");
  at.services.set("web", [{ ...app }]);
  for (const name of ["/var/log/a.log", "app.service"]) at.standings.set(name, { is: "read", rate: new LineRate(4) });
  expect(await at.turns(2)).toEqual(["ended", "ended"]);
  expect(at.watch.logTroublesOf("rule-0")).toEqual([]);
});

test("[AL39] eight logs of a server are followed at one time, of one by SSH two, and the others are told", async () => {
  const at = world([LOGS]);
  const many = Array.from({ length: 12 }, (_, index) => ({ ...app, name: `app-${index}.service` }));
  for (const id of ["web", "plain"]) {
    const server = at.server(id);
    if (id === "plain") Object.assign(server.known, { link: "ssh" });
    at.services.set(id, many);
  }
  await at.turns(1);
  expect([at.followed.get("web")?.length, at.followed.get("plain")?.length]).toEqual([8, 2]);
  expect(at.watch.logTroublesOf("rule-0")).toHaveLength(13 - 8 + 13 - 2);
  expect(at.watch.logTroublesOf("rule-0")[0]).toContain("more logs of this server than are followed");
});

test("[AL8] without its rule a log is followed no more", async () => {
  const at = world([LOGS]);
  at.server("web");
  at.services.set("web", [{ ...app }]);
  await at.turns();
  at.watch.setRules([]);
  await at.turns();
  expect(at.followed.get("web")).toEqual([]);
  at.watch.setRules(at.rules);
  await at.turns();
  expect(at.followed.get("web")).toHaveLength(2);
  at.gone("web");
  await at.turns();
  expect(at.followed.get("web")).toEqual([]);
});
