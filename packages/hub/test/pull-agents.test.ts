import type { Execution, PullReading } from "@muster/core";
import { ServerMonitorStandIn, VirgilioStandIn } from "@muster/testkit";
import type { StandInFault, VirgilioStandInOptions } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { PullFailure } from "../src/links/pull/pull-adapter.ts";
import type { PullAdapter, PullAdapterKind, PullDeps } from "../src/links/pull/pull-adapter.ts";
import { serverMonitorKind } from "../src/links/pull/server-monitor/server-monitor.ts";
import { virgilioKind } from "../src/links/pull/virgilio/virgilio.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

const value = ({ samples }: PullReading, metric: string): number | undefined =>
  samples.find((sample) => sample.metric === metric)?.value;
const passed = (deps: PullDeps, milliseconds: number): Promise<void> =>
  new Promise((resolve) => void deps.clock.after(milliseconds, resolve));

describe("a Virgilio agent", () => {
  async function world(options: Partial<VirgilioStandInOptions> = {}, secret = "right-token", base = "") {
    // Five minutes in a second and a half.
    const deps = pullDeps({}, 200);
    const agent = new VirgilioStandIn({ clock: deps.clock, ...options });
    await agent.start();
    const adapter = virgilioKind.create(pullConfig(`${agent.url}${base}`, { secret, timeoutMs: 60_000 }), deps);
    return {
      ...{ agent, deps, adapter },
      read: () => adapter.read(patience()),
      reboot: (signal = patience()): Promise<Execution> => adapter.reboot!(signal),
      [Symbol.asyncDispose]: () => agent.stop(),
    };
  }

  test("[PL2] [PL20] is read by its live path, with its token", async () => {
    await using here = await world();
    const reading = await here.read();
    expect(value(reading, "memory_total_bytes")).toBe(16 * 1024 ** 3);
    expect(value(reading, "network_receive_bytes_total")).toBe(5_000);
    expect(reading).toMatchObject({
      answeredBy: "Virgilio agent 1.4.2",
      warnings: [],
      facts: { hostName: "7f3c2a1b9d4e" },
    });
    expect(reading.services).toBeUndefined();
    expect(here.agent.requests).toEqual(["GET /metrics"]);
  });

  test("[PL20] is said to have started at one time, although that wavers by a second", async () => {
    await using here = await world();
    const started = (await here.read()).facts?.startedAt;
    await passed(here.deps, 1_300);
    expect((await here.read()).facts?.startedAt).toBe(started);
  });

  test.each([
    ["", "", 1],
    ["/api", "/api", 1],
    ["/api", "", 2],
    ["", "/api", 2],
  ])("[PL23] below %j is found when %j was entered, and then at once", async (base, entered, asked) => {
    await using here = await world({ base, reboot: "does-nothing" }, "right-token", entered);
    await here.read();
    expect(here.agent.requests).toHaveLength(asked);
    await passed(here.deps, 1_000);
    await here.read();
    expect(here.agent.requests.at(-1)).toBe(`GET ${base}/metrics`);
    expect(here.agent.requests).toHaveLength(asked + 1);
    await here.reboot(AbortSignal.timeout(100));
    expect(here.agent.reboots).toBe(1);
  });

  test.each<[StandInFault | "refused" | "token" | "no token", PullFailure["step"], RegExp]>([
    ["refused", "reach", /nothing listens there/],
    ["hang", "reach", /no answer in time/],
    ["token", "sign-in", /check it/],
    ["no token", "sign-in", /check it/],
    ["redirect", "answer", /enter the address behind it/],
    ["server-error", "answer", /error \(500\)/],
    ["huge", "answer", /more than is read/],
    ["html", "understand", /web page/],
    ["cut", "understand", /no whole JSON/],
  ])(
    "[PL5] [SR-04] [SR-06] [SR-08] fails with its step and one sentence when it is like: %s",
    async (fault, step, sentence) => {
      await using here = await world({}, fault === "token" ? "wrong-token" : fault === "no token" ? "" : "right-token");
      if (fault === "refused") await here.agent.stop();
      else if (fault !== "token" && fault !== "no token") here.agent.fault = fault;
      const failure: unknown = await here.read().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PullFailure);
      expect(failure).toMatchObject({ step, message: expect.stringMatching(sentence) as string });
      for (const secret of ["right-token", "wrong-token", "hunter22"]) expect(String(failure)).not.toContain(secret);
    },
  );

  test("[PL21] whose reading is the same again is not read", async () => {
    await using here = await world();
    await here.read();
    here.agent.isFrozen = true;
    await expect(here.read()).rejects.toThrow("same reading again");
    here.agent.isFrozen = false;
    await passed(here.deps, 100);
    await here.read();
  });

  test("[PL24] with the token that everybody knows is warned of", async () => {
    await using here = await world({ token: "monitor-token" }, "monitor-token");
    expect((await here.read()).warnings).toEqual([expect.stringContaining("set another")]);
  });

  test.each<[Partial<VirgilioStandInOptions>, Execution["outcome"], RegExp]>([
    [{ reboot: "works" }, "succeeded", /has been up for \d+ s/],
    [{ reboot: "off" }, "refused", /switched off there/],
    [{ reboot: "does-nothing" }, "failed", /did not start anew within 5 minutes/],
    [{ reboot: "command-missing" }, "failed", /was not rebooted: .*500/],
    [{ reboot: "never-comes-back" }, "unknown", /does not answer/],
  ])("[PL9] [PL22] asked for a reboot that %j is %s", async (options, outcome, detail) => {
    await using here = await world(options);
    expect(await here.reboot()).toMatchObject({ outcome, detail: expect.stringMatching(detail) as string });
    expect(here.agent.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  test("[PL17] [PL22] whose answer to a reboot is lost is looked at, and not asked again", async () => {
    await using here = await world({ reboot: "works" });
    here.agent.losesAnswers = true;
    expect((await here.reboot()).outcome).toBe("succeeded");
    expect(here.agent.reboots).toBe(1);
    await using gateway = await world({ reboot: "command-fails" });
    // 502 is what a proxy says, too: only looking tells.
    expect(await gateway.reboot()).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("did not start anew") as string,
    });
  });

  test("[PL22] that does not tell its uptime cannot be seen to have started anew", async () => {
    await using here = await world({ reboot: "works" });
    here.agent.fields = { uptime_seconds: null };
    expect(await here.reboot()).toMatchObject({
      outcome: "unknown",
      detail: expect.stringContaining("does not tell") as string,
    });
  });

  test("[PL22] is not waited for when whoever asked is gone", async () => {
    await using here = await world({ reboot: "does-nothing" });
    expect((await here.reboot(AbortSignal.timeout(60))).outcome).toBe("unknown");
    expect((await here.reboot(AbortSignal.abort())).outcome).toBe("unknown");
    expect(here.agent.reboots).toBe(1);
  });
});

describe("a server-monitor agent", () => {
  async function world() {
    const deps = pullDeps();
    const agent = new ServerMonitorStandIn({ clock: deps.clock });
    await agent.start();
    const adapter = serverMonitorKind.create(pullConfig(agent.url), deps);
    return {
      ...{ agent, deps, adapter },
      read: () => adapter.read(patience()),
      [Symbol.asyncDispose]: () => agent.stop(),
    };
  }
  const SPEED = "disk_machine_read_bytes_per_second";

  test("[PL30] [PL31] gives totals, and the speeds of its disk once they are right", async () => {
    await using here = await world();
    const first = await here.read();
    expect(value(first, SPEED)).toBeUndefined();
    await passed(here.deps, 10_000);
    const second = await here.read();
    const grown =
      value(second, "network_machine_receive_bytes_total")! - value(first, "network_machine_receive_bytes_total")!;
    expect(grown / here.agent.receivesBytesPerSecond).toBeGreaterThan(9);
    expect(value(second, SPEED)! / here.agent.readsBytesPerSecond).toBeCloseTo(1, 1);
    expect(second.services?.map(({ name }) => name)).toEqual(["ssh.service"]);
    expect(here.agent.requests).toEqual(["GET /api/all", "GET /api/all"]);
  });

  test("[PL31] gives no speeds after it was started anew, nor after a failed read, nor of a disk that it does not know", async () => {
    await using here = await world();
    await here.read();
    await passed(here.deps, 10_000);
    here.agent.restartAgent();
    await passed(here.deps, 5_000);
    expect(value(await here.read(), SPEED)).toBeUndefined();
    await passed(here.deps, 10_000);
    expect(value(await here.read(), SPEED)).toBeDefined();
    here.agent.throws = true;
    await expect(here.read()).rejects.toThrow("failed while it gathered its numbers");
    here.agent.throws = false;
    expect(value(await here.read(), SPEED)).toBeUndefined();
    here.agent.knowsDisk = false;
    await passed(here.deps, 10_000);
    expect(value(await here.read(), SPEED)).toBeUndefined();
  });

  test("[PL34] whose body is empty was not read, although it says 200", async () => {
    await using here = await world();
    here.agent.throws = true;
    const failure: unknown = await here.read().catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "PullFailure", step: "understand" });
  });

  test("[PL33] gives no secret of a command line away", async () => {
    await using here = await world();
    expect(JSON.stringify(await here.read())).not.toContain("hunter22222");
  });
});

test.each<[string, PullAdapterKind]>([
  ["virgilio", virgilioKind],
  ["server-monitor", serverMonitorKind],
])("[SR-01] [SR-05] %s goes nowhere but to what was entered", async (_name, kind) => {
  const create = (url: string): PullAdapter => kind.create(pullConfig(url), pullDeps());
  expect(() => create("file:///etc/passwd")).toThrow(PullFailure);
  await expect(create("http://169.254.169.254").read(patience())).rejects.toThrow("not open for this purpose");
});
