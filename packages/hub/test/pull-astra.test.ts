import type { ChannelVerb, Execution } from "@muster/core";
import { AstraStandIn, testServiceDriver } from "@muster/testkit";
import type { AstraFault } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PullAdapter } from "../src/links/pull/pull-adapter.ts";
import { patience, pulled, testFaults } from "./pull-fixture.ts";
import type { PulledStandIn } from "./pull-fixture.ts";

const start = (): Promise<PulledStandIn<AstraStandIn>> => pulled("astra", AstraStandIn);
const act = (
  { driver }: PullAdapter,
  verb: ChannelVerb,
  name: string,
  signal: AbortSignal = patience(),
): Promise<Execution> => driver!.act({ verb, name, args: {} }, signal);

describe("a look", () => {
  test("[PL69] tells its load and its streams, and asks nothing that has an effect", async () => {
    await using at = await start();
    const { services = [], samples, answeredBy, facts } = await at.read();
    expect(answeredBy).toBe("Cesbo Astra");
    expect(
      services.map(({ name, description, state, rawState, health }) => [name, description, state, rawState, health]),
    ).toEqual([
      ["a001", "Stream a001", "running", "on air, input 1", "healthy"],
      ["a002", "Stream a002", "stopped", "off", "unknown"],
      ["a003", "Stream a003", "running", "on demand, nobody watches", "unknown"],
    ]);
    expect(samples.find(({ metric }) => metric === "load1")?.value).toBe(1.5);
    expect(samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value).toBe(500_000);
    expect(facts?.startedAt).toBeTypeOf("number");
    expect(at.server.requests).toEqual([
      ...["GET /api/system-status?t=0", "POST /control/"],
      ...["GET /api/stream-status/a001?t=0", "GET /api/stream-status/a003?t=0"],
    ]);
    expect(at.server.effects).toEqual([]);
  });

  test("[PL71] finds a stream that stays off air to be unhealthy", async () => {
    await using at = await start();
    at.server.stream("a001").fault = "never-on-air";
    const adapter = at.adapter();
    const first = async () => (await adapter.read(patience())).services?.[0];
    expect(await first()).toMatchObject({ rawState: "off air, input 1", health: "unknown" });
    await at.passes(3_000);
    expect(await first()).toMatchObject({ health: "unhealthy", healthDetail: "off air: its input does not work" });
  });

  test("[PL62] [EG6] reads many streams as one attempt, up to a number", async () => {
    await using at = await start();
    at.server.addMany(600);
    const reading = await at.read();
    expect(reading.services).toHaveLength(500);
    expect(reading.warnings).toEqual(["It has 603 streams, of which 500 are read."]);
  });

  test("[PL1] is whole without the status of a stream", async () => {
    await using at = await start();
    at.server.stream("a001").fault = "no-status";
    expect((await at.read()).services?.[0]).toMatchObject({ state: "unknown", health: "unknown" });
  });

  test("[PL69] ends at the first stream that gets no answer, and asks for no more", async () => {
    await using at = await start();
    at.server.addMany(100);
    for (const stream of at.server.streams.slice(10)) stream.fault = "hangs";
    await expect(at.read()).rejects.toMatchObject({
      step: "reach",
      message: expect.stringContaining("in time") as string,
    });
    const count = at.server.requests.length;
    expect(count).toBeLessThan(20);
    at.server.requests.length = 0;
    await at.passes(20_000);
    expect(at.server.requests).toEqual([]);
  });

  test("[PL8] finds it out, and with a wrong password asks nothing further", async () => {
    await using at = await start();
    at.server.credential = "admin:secret";
    expect(await at.detect()).toMatchObject({ is: "none", detail: expect.stringContaining("password") as string });
    expect(await at.detect("admin:secret")).toEqual({ is: "found", kind: "astra", detail: "Cesbo Astra" });
    at.server.requests.length = 0;
    await expect(at.read({ secret: "admin:wrong" })).rejects.toMatchObject({ step: "sign-in" });
    expect(at.server.requests).toEqual(["GET /api/system-status?t=0"]);
  });
});

describe("a restart", () => {
  test("[PL73] has succeeded when the stream is on air again after a gap", async () => {
    await using at = await start();
    at.server.stream("a001").startMs = 5_000;
    expect(await act(at.adapter(), "restart", "a001")).toEqual({
      ...{ outcome: "succeeded", detail: "a new run: on air, input 1" },
    });
    expect(at.server.effects).toEqual(["restart-stream a001"]);
  });

  test.each<[AstraFault, Execution["outcome"], RegExp]>([
    ["no-gap", "unknown", /whether it was restarted cannot be told/],
    ["ignores", "unknown", /whether it was restarted cannot be told/],
    ["never-on-air", "failed", /not on air within 30 s: it is off air/],
    ["no-status", "unknown", /not told whether it is on air/],
    ["lost-answer", "succeeded", /a new run/],
    ["gateway-error", "succeeded", /a new run/],
  ])("[PL73] [PL9] [PL17] of a stream with the fault %s is %s", async (fault, outcome, detail) => {
    await using at = await start();
    at.server.stream("a001").fault = fault;
    at.server.stream("a001").startMs = 3_000;
    expect(await act(at.adapter(), "restart", "a001")).toMatchObject({
      ...{ outcome, detail: expect.stringMatching(detail) as string },
    });
    expect(at.server.effects).toEqual(["restart-stream a001"]);
  });

  test("[PL73] of one that is off turns it on; of one that nobody watches sends nothing", async () => {
    await using at = await start();
    const adapter = at.adapter();
    expect(await act(adapter, "restart", "a002")).toMatchObject({ outcome: "succeeded" });
    expect(await act(adapter, "restart", "a003")).toMatchObject({
      ...{ outcome: "failed", detail: expect.stringContaining("nothing was sent") as string },
    });
    expect(at.server.effects).toEqual(["toggle-stream a002"]);
  });

  test("[PL17] that cannot be looked at any more is unknown", async () => {
    await using at = await start();
    at.server.stream("a001").startMs = 10_000;
    const acting = act(at.adapter(), "restart", "a001");
    await at.passes(3_000);
    await at.server.stop();
    expect(await acting).toMatchObject({
      ...{ outcome: "unknown", detail: "restart-stream was sent; since then it cannot be read" },
    });
  });

  test("[PL5] with a wrong password fails before anything is sent", async () => {
    await using at = await start();
    at.server.credential = "admin:secret";
    expect(await act(at.adapter({ secret: "admin:wrong" }), "restart", "a001")).toMatchObject({
      ...{ outcome: "failed", detail: expect.stringMatching(/password.*Nothing was sent/) as string },
    });
    expect(at.server.effects).toEqual([]);
  });
});

describe("a start and a stop", () => {
  test("[PL72] turn it over once, and send nothing when it is so already", async () => {
    await using at = await start();
    const adapter = at.adapter();
    expect(await act(adapter, "stop", "a001")).toEqual({ outcome: "succeeded", detail: "it is off" });
    expect(await act(adapter, "stop", "a001")).toEqual({ outcome: "succeeded", detail: "it was stopped already" });
    expect(await act(adapter, "start", "a001")).toMatchObject({ detail: "a new run: on air, input 1" });
    expect(await act(adapter, "start", "a003")).toMatchObject({ detail: "it ran already: on demand, nobody watches" });
    expect(at.server.effects).toEqual(["toggle-stream a001", "toggle-stream a001"]);
  });

  test("[PL72] of one that runs on demand has succeeded when it is turned on", async () => {
    await using at = await start();
    at.server.turnOff("a003");
    expect(await act(at.adapter(), "start", "a003")).toEqual({
      ...{ outcome: "succeeded", detail: "it is turned on: on demand, nobody watches" },
    });
  });

  test.each<[ChannelVerb, AstraFault, Execution["outcome"], RegExp]>([
    ["start", "ignores", "failed", /not turned on within 30 s/],
    ["start", "never-on-air", "failed", /turned on, but not on air within 30 s/],
    ["start", "turns-off", "failed", /off again at once/],
    ["start", "lost-answer", "succeeded", /a new run/],
    ["stop", "ignores", "failed", /not turned off within 30 s/],
    ["stop", "lost-answer", "succeeded", /it is off/],
  ])("[PL72] [PL17] a %s of a stream with the fault %s is %s", async (verb, fault, outcome, detail) => {
    await using at = await start();
    const stream = at.server.stream(verb === "start" ? "a002" : "a001");
    stream.fault = fault;
    expect(await act(at.adapter(), verb, stream.id)).toMatchObject({
      ...{ outcome, detail: expect.stringMatching(detail) as string },
    });
    expect(at.server.effects).toEqual([`toggle-stream ${stream.id}`]);
  });
});

describe("streams as services", () => {
  let at: PulledStandIn<AstraStandIn>;
  let adapter: PullAdapter;
  beforeAll(async () => {
    at = await start();
    adapter = at.adapter();
    at.server.stream("a002").fault = "turns-off";
    Object.assign(at.server.stream("a003"), { isOn: false, isOnDemand: false, startMs: 28_000 });
  });
  afterAll(() => at[Symbol.asyncDispose]());
  testServiceDriver(() => ({
    driver: adapter.driver!,
    ...{ lasting: "a001", failing: "a002", slow: "a003", missing: "a077" },
    kill: (name) => Promise.resolve(at.server.turnOff(name)),
    canaries: () =>
      Promise.resolve([
        ...at.server.requests.filter(
          (request) =>
            !/^(?:POST \/control\/|GET \/api\/(?:system-status\?t=0|stream-(?:info|status)\/a0\d\d(?:\?t=0)?))$/.test(
              request,
            ),
        ),
        ...at.server.effects.filter((effect) => !/^(?:toggle|restart)-stream a00[123]$/.test(effect)),
      ]),
    lacks: ["pid", "exit", "hints"],
  }));
});

testFaults("astra", AstraStandIn);
