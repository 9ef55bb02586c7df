import type { Execution, PullReading } from "@muster/core";
import { IpvtlStandIn, testServiceDriver, waitFor } from "@muster/testkit";
import type { ChannelFault, IpvtlStandInOptions, StandInFault } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ipvtlKind } from "../src/links/pull/ipvtl/ipvtl.ts";
import { PullFailure } from "../src/links/pull/pull-adapter.ts";
import type { PullConfig, PullDeps } from "../src/links/pull/pull-adapter.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

interface World extends AsyncDisposable {
  readonly box: IpvtlStandIn;
  readonly deps: PullDeps;
  readonly read: () => Promise<PullReading>;
  readonly act: (verb: "start" | "stop" | "restart", channel: number, signal?: AbortSignal) => Promise<Execution>;
}

async function world(options: Partial<IpvtlStandInOptions> = {}, config: Partial<PullConfig> = {}): Promise<World> {
  const deps = pullDeps();
  const box = new IpvtlStandIn({ clock: deps.clock, ...options });
  await box.start();
  const adapter = ipvtlKind.create(pullConfig(box.url, config), deps);
  return {
    ...{ box, deps },
    read: () => adapter.read(patience()),
    act: (verb, channel, signal = patience()) => adapter.driver!.act({ verb, name: String(channel), args: {} }, signal),
    [Symbol.asyncDispose]: () => box.stop(),
  };
}

describe("a look at a box", () => {
  test("[PL2] [PL10] tells its processor and its channels by the names that were given", async () => {
    await using here = await world({}, { channelNames: { "1": "News HD" } });
    here.box.run(1, 3_600);
    const reading = await here.read();
    expect(reading.samples).toEqual([
      { metric: "cpu_busy_ratio", value: 0.5 },
      { metric: "cpu_core_busy_ratio", value: 0.25, labels: { core: "0" } },
      { metric: "cpu_core_busy_ratio", value: 0.75, labels: { core: "1" } },
      ...[
        ["service_uptime_seconds", 3_600],
        ["channel_frames_per_second", 25],
        ["channel_bytes_per_second", 500_000],
        ["service_health_ratio", 1],
      ].map(([metric, value]) => ({
        ...{ metric, labels: { driver: "channel", service: "1" } },
        value: metric === "service_uptime_seconds" ? (expect.closeTo(3_600, -1) as number) : value,
      })),
    ]);
    expect(reading.services?.map(({ name, description, state, health }) => [name, description, state, health])).toEqual(
      [
        ["1", "News HD", "running", "healthy"],
        ["2", "Channel 2", "stopped", "unknown"],
        ["3", "Channel 3", "stopped", "unknown"],
        ["4", "Channel 4", "stopped", "unknown"],
      ],
    );
    expect(here.box.requests).toEqual(["GET /status"]);
  });

  test("[PL1] without a processor, with a state that is not known or without a status has less, and no zeros", async () => {
    await using here = await world({ channelCount: 2 });
    here.box.hasCpu = false;
    here.box.channel(1).fault = "unknown-state";
    here.box.run(2);
    here.box.channel(2).fault = "no-status";
    const { samples, services } = await here.read();
    expect(samples).toEqual([]);
    expect(services).toMatchObject([
      { state: "unknown", rawState: "warming up", health: "unknown" },
      { state: "running", health: "unknown", run: null },
    ]);
  });

  test.each<[ChannelFault, string]>([
    ["no-frames", "stalled: it sends no frames"],
    ["stands-still", "stalled: its clock stands still"],
  ])("[PL11] shows a channel that %s as degraded at the second one", async (fault, healthDetail) => {
    await using here = await world({ channelCount: 1 });
    here.box.run(1, 60);
    here.box.channel(1).fault = fault;
    expect((await here.read()).services?.[0]?.health).not.toBe("degraded");
    await new Promise<void>((resolve) => void here.deps.clock.after(3_000, resolve));
    const { services, samples } = await here.read();
    expect(services?.[0]).toMatchObject({ state: "running", health: "degraded", healthDetail });
    expect(samples.find(({ metric }) => metric === "service_health_ratio")?.value).toBe(0.5);
  });

  test.each<[StandInFault | "refused" | "password", PullFailure["step"], RegExp]>([
    ["refused", "reach", /nothing listens there/],
    ["hang", "reach", /no answer in time/],
    ["drop", "reach", /connection was cut/],
    ["password", "sign-in", /check the password/],
    ["redirect", "answer", /enter the address behind it/],
    ["server-error", "answer", /error \(500\)/],
    ["huge", "answer", /more than is read/],
    ["html", "understand", /web page/],
    ["cut", "understand", /no whole JSON/],
  ])(
    "[PL5] [SR-04] [SR-06] [SR-08] fails with its step and one sentence when the box is like: %s",
    async (fault, step, sentence) => {
      await using here = await world({ password: "right" }, { secret: fault === "password" ? "wrong" : "right" });
      if (fault === "refused") await here.box.stop();
      else if (fault !== "password") here.box.fault = fault;
      const failure = await here.read().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(PullFailure);
      expect(failure).toMatchObject({ step, message: expect.stringMatching(sentence) as string });
      const { message } = failure as PullFailure;
      for (const secret of ["right", "wrong", "hunter22", "Traceback", "auth="]) expect(message).not.toContain(secret);
      expect(message.length).toBeLessThan(400);
    },
  );

  test("[PL4] is repeated once when its connection was cut, and not after that", async () => {
    await using here = await world();
    here.box.fault = "drop";
    await expect(here.read()).rejects.toThrow("cut");
    expect(here.box.requests).toEqual(["GET /status", "GET /status"]);
    here.box.fault = "hang";
    await expect(here.read()).rejects.toThrow("no answer in time");
    expect(here.box.requests).toHaveLength(3);
  });

  test("[PL3] [SR-01] [SR-11] goes to exactly the host and port that were entered", async () => {
    await using here = await world();
    const elsewhere = ipvtlKind.create(pullConfig("http://169.254.169.254/"), here.deps);
    await expect(elsewhere.read(patience())).rejects.toThrow("not open for this purpose");
    const own = pullDeps({ isOwn: (_address, port) => port === here.box.port });
    await expect(ipvtlKind.create(pullConfig(here.box.url), own).read(patience())).rejects.toThrow("not open");
    expect(here.box.requests).toEqual([]);
  });

  test.each(["file:///etc/passwd", "http://user:pass@127.0.0.1/", "gopher://127.0.0.1/", "not an address", ""])(
    "[SR-05] at %j is refused before anything is sent",
    async (url) => {
      expect(() => ipvtlKind.create(pullConfig(url), pullDeps())).toThrow(PullFailure);
    },
  );

  test.each(["a;b", "a b", "ключ", "a\r\nx: y", '"'])("[SR-10] with the password %j is refused", (secret) => {
    expect(() => ipvtlKind.create(pullConfig("http://127.0.0.1:1", { secret }), pullDeps())).toThrow(PullFailure);
  });
});

describe("a restart", () => {
  test("[PL15] stops, sees it idle, starts, and sees it run and move on", async () => {
    await using here = await world({ startMs: 3_000, stopMs: 4_000 });
    here.box.run(2, 500);
    const { outcome, detail } = await here.act("restart", 2);
    expect([outcome, detail]).toEqual(["succeeded", expect.stringContaining("a new run: running 00:00:0")]);
    expect(here.box.effects).toEqual(["2 stop", "2 start"]);
    expect(here.box.channel(2).state).toBe("running");
  });

  test("[PL15] of an idle channel only starts it; of one that is stopping waits first", async () => {
    await using here = await world();
    expect((await here.act("restart", 1)).outcome).toBe("succeeded");
    here.box.run(2);
    Object.assign(here.box.channel(2), { state: "stopping", sinceMs: here.deps.clock.monotonic() });
    expect((await here.act("restart", 2)).outcome).toBe("succeeded");
    expect(here.box.effects).toEqual(["1 start", "2 start"]);
  });

  test("[PL15] of a channel that stays in stopping fails after 30 s and starts nothing", async () => {
    await using here = await world();
    here.box.run(1, 500);
    here.box.channel(1).fault = "stuck-stopping";
    const startedMs = here.deps.clock.monotonic();
    expect(await here.act("restart", 1)).toEqual({
      outcome: "failed",
      detail: "it did not stop within 30 s, and was not started: it is stopping",
    });
    const tookMs = here.deps.clock.monotonic() - startedMs;
    expect(tookMs).toBeGreaterThan(29_000);
    expect(tookMs).toBeLessThan(45_000);
    expect(here.box.effects).toEqual(["1 stop"]);
  });

  test.each<[ChannelFault, Execution["outcome"], RegExp]>([
    ["no-frames", "failed", /runs, but sends no frames/],
    ["stands-still", "failed", /runs, but does not move on/],
    ["fails-on-start", "failed", /was not started: .* answered with 500/],
    ["ends-at-once", "failed", /ended at once/],
    ["ignores", "failed", /did not stop within 30 s/],
    ["lost-answer", "succeeded", /a new run/],
    ["gateway-error", "succeeded", /a new run/],
    ["starts-again", "succeeded", /a new run/],
    ["no-status", "unknown", /does not tell whether it moves on/],
    ["unknown-state", "failed", /nothing was sent/],
  ])("[PL9] [PL15] [PL17] with the fault %s is %s", async (fault, outcome, detail) => {
    await using here = await world();
    here.box.run(1, 500);
    here.box.channel(1).fault = fault;
    expect(await here.act("restart", 1)).toMatchObject({ outcome, detail: expect.stringMatching(detail) as string });
    expect(here.box.effects.filter((effect) => effect === "1 stop").length).toBeLessThan(2);
    expect(here.box.effects.filter((effect) => effect === "1 start").length).toBeLessThan(2);
  });

  test("[PL17] of a box that goes away after a stop is unknown, and one that was never there failed", async () => {
    await using here = await world({ stopMs: 3_000 });
    here.box.run(1, 500);
    const acting = here.act("restart", 1);
    await waitFor(() => here.box.effects.includes("1 stop"), { describe: "the stop" });
    await here.box.stop();
    expect(await acting).toMatchObject({
      outcome: "unknown",
      detail: expect.stringContaining("cannot be read") as string,
    });
    expect(await here.act("restart", 1)).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("Nothing was sent") as string,
    });
    expect(here.box.effects).toEqual(["1 stop"]);
  });

  test("[PL17] of a box that comes back in time is decided by what is seen then", async () => {
    await using here = await world({ startMs: 3_000 });
    here.box.channel(1).fault = "lost-answer";
    const acting = here.act("start", 1);
    await waitFor(() => here.box.effects.includes("1 start"), { describe: "the start" });
    await here.box.stop();
    await new Promise<void>((resolve) => void here.deps.clock.after(6_000, resolve));
    await here.box.start();
    expect((await acting).outcome).toBe("succeeded");
    expect(here.box.effects).toEqual(["1 start"]);
  });

  test("[PL5] without the right password fails before anything is sent", async () => {
    await using here = await world({ password: "right" }, { secret: "wrong" });
    const { outcome, detail } = await here.act("restart", 1);
    expect([outcome, detail]).toEqual(["failed", expect.stringContaining("check the password")]);
    expect(here.box.effects).toEqual([]);
  });

  test("[PL16] waits for others on the same box, also for those of another entry", async () => {
    await using here = await world({ startMs: 2_000, stopMs: 2_000 });
    for (const number of [1, 2, 3]) here.box.run(number, 500);
    const twin = ipvtlKind.create(pullConfig(here.box.url), here.deps).driver!;
    const both = await Promise.all([
      here.act("restart", 1),
      here.act("restart", 2),
      twin.act({ verb: "restart", name: "3", args: {} }, patience()),
    ]);
    expect(both.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(here.box.effects).toEqual(["1 stop", "1 start", "2 stop", "2 start", "3 stop", "3 start"]);
  });

  test("[PL16] that waits and is not waited for any more sends nothing", async () => {
    await using here = await world({ startMs: 5_000 });
    const first = here.act("start", 1);
    const ending = new AbortController();
    const second = here.act("start", 2, ending.signal);
    ending.abort();
    expect(await second).toEqual({ outcome: "unknown", detail: "nobody waits for it any more; nothing was sent" });
    expect((await first).outcome).toBe("succeeded");
    expect(here.box.effects).toEqual(["1 start"]);
  });
});

describe("a stop", () => {
  test("[PL14] has succeeded when the channel is idle, and sends nothing when it was", async () => {
    await using here = await world({ stopMs: 4_000 });
    here.box.run(1, 500);
    expect(await here.act("stop", 1)).toEqual({ outcome: "succeeded", detail: "it is idle" });
    expect(await here.act("stop", 1)).toEqual({ outcome: "succeeded", detail: "it was stopped already" });
    expect(here.box.effects).toEqual(["1 stop"]);
  });

  test.each<[ChannelFault, RegExp]>([
    ["starts-again", /started it again by itself/],
    ["stuck-stopping", /did not stop within 30 s/],
    ["ignores", /did not stop within 30 s/],
  ])("[PL14] of a channel with the fault %s has failed", async (fault, detail) => {
    await using here = await world();
    here.box.run(1, 500);
    here.box.channel(1).fault = fault;
    expect(await here.act("stop", 1)).toMatchObject({
      ...{ outcome: "failed", detail: expect.stringMatching(detail) as string },
    });
    expect(here.box.effects).toEqual(["1 stop"]);
  });
});

describe("a list that is not as it was", () => {
  test("[PL12] refuses effects when channels stand in another order, and says so at each look", async () => {
    await using here = await world();
    here.box.run(1, 50_000);
    here.box.run(2, 100);
    expect((await here.read()).warnings).toEqual([]);
    here.box.order = [2, 1, 3, 4];
    expect((await here.read()).warnings).toEqual([expect.stringContaining("another order (2 ran longer")]);
    expect(await here.act("restart", 1)).toMatchObject({ outcome: "refused" });
    here.box.order = [1, 2, 3, 4];
    expect(await here.act("restart", 1)).toMatchObject({ outcome: "refused" });
    expect(here.box.effects).toEqual([]);
    // Whoever saves the names again has looked.
    const anew = ipvtlKind.create(pullConfig(here.box.url), here.deps).driver!;
    expect((await anew.act({ verb: "stop", name: "1", args: {} }, patience())).outcome).toBe("succeeded");
  });

  test("[PL12] refuses effects when it is longer than when its names were given, also after a restart of the hub", async () => {
    await using here = await world();
    const { listFingerprint } = await here.read();
    here.box.order = [1, 2, 3];
    expect(await here.act("start", 1)).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("list") as string,
    });
    const later = ipvtlKind.create(pullConfig(here.box.url, { listFingerprint: listFingerprint! }), here.deps);
    expect(await later.driver!.act({ verb: "start", name: "1", args: {} }, patience())).toMatchObject({
      outcome: "refused",
    });
    expect(here.box.effects).toEqual([]);
  });

  test("[PL12] that changes between a stop and a start is not started", async () => {
    await using here = await world({ stopMs: 5_000 });
    here.box.run(1, 500);
    const acting = here.act("restart", 1);
    await waitFor(() => here.box.effects.includes("1 stop"), { describe: "the stop" });
    here.box.order = [3, 1, 2];
    expect(await acting).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("and no start") as string,
    });
    expect(here.box.effects).toEqual(["1 stop"]);
  });
});

describe("channels as services", () => {
  let here: World;
  beforeAll(async () => {
    here = await world({ channelCount: 3, startMs: 1_000, stopMs: 500 });
    here.box.channel(2).fault = "ends-at-once";
    here.box.channel(3).startMs = 28_000;
  });
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
  });
  testServiceDriver(() => ({
    driver: ipvtlDriver(here),
    ...{ lasting: "1", failing: "2", slow: "3", missing: "77" },
    kill: (name) => Promise.resolve(here.box.kill(Number(name))),
    canaries: () =>
      Promise.resolve(
        here.box.requests.filter((request) => !/^GET \/(?:status|channel[1-3]\?(?:start|stop))$/.test(request)),
      ),
    lacks: ["pid", "exit", "hints"],
  }));
});

const drivers = new WeakMap<World, NonNullable<ReturnType<typeof ipvtlKind.create>["driver"]>>();
function ipvtlDriver(here: World) {
  let driver = drivers.get(here);
  if (driver === undefined) drivers.set(here, (driver = ipvtlKind.create(pullConfig(here.box.url), here.deps).driver!));
  return driver;
}
