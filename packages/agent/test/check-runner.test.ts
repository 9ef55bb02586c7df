import { FakeClock, waitFor } from "@muster/testkit";
import { silentLogger } from "@muster/core";
import type { SampleSink } from "@muster/core";
import { describe, expect, test } from "vitest";
import { customReadings } from "../src/checks/check-collector.ts";
import { LocalHost } from "../src/local-host.ts";
import { checkOf, KEY, serviceOf, serving, world } from "./checks-fixture.ts";
import type { World } from "./checks-fixture.ts";

const GOOD = { health: "healthy", detail: "fine" } as const;
const BAD = { health: "unhealthy", detail: "ill" } as const;
const healthNow = ({ runner }: World) => runner.read(KEY)?.health;

describe("checks of a service", () => {
  test("[HC1] [HC5] [HC8] a real server that falls ill and gets well: each change is told once, with why", async () => {
    let status = 200;
    await using server = await serving((_request, response) => response.writeHead(status).end());
    await using here = world();
    const url = `http://127.0.0.1:${server.port}/`;
    const target = { by: "http", url, statusMin: 200, statusMax: 299, text: "" } as const;
    here.runner.set([serviceOf({ checks: [checkOf({ target })] })]);
    await waitFor(() => healthNow(here) === "healthy", { describe: "it is healthy" });
    status = 500;
    await waitFor(() => healthNow(here) === "unhealthy", { describe: "it is unhealthy" });
    status = 200;
    await waitFor(() => healthNow(here) === "healthy", { describe: "it is healthy again" });
    status = 500;
    await waitFor(() => here.notes.length === 4, { describe: "it is unhealthy again" });
    expect(here.notes.map(({ cause }) => cause)).toEqual([
      "health: unknown → healthy",
      "health: healthy → unhealthy: front: 500 instead of 200–299 (2 in a row)",
      "health: unhealthy → healthy",
      "health: healthy → unhealthy: front: 500 instead of 200–299 (2 in a row)",
    ]);
    expect(here.notes[0]).toMatchObject({ ...KEY, event: "health", from: null, to: null, cmd: null });
    // Once a run, however often it falls ill.
    expect(here.unhealthy).toEqual(["shop"]);
  });

  test("[HC3] another run forgets what was counted, and a try of the run before counts for nothing", async () => {
    const clock = new FakeClock();
    const answers: ((exit: number) => void)[] = [];
    const host = {
      execute: () =>
        new Promise<{ exitCode: number; stdout: string; stderr: string; truncated: boolean }>((resolve) =>
          answers.push((exitCode) => resolve({ exitCode, stdout: "users=1", stderr: "", truncated: false })),
        ),
    };
    await using here = world({ clock, host });
    const checks = [
      checkOf({ target: { by: "exec", command: ["/x"] }, intervalMs: 30_000, timeoutMs: 10_000, fall: 1 }),
    ];
    here.runner.set([serviceOf({ checks })]);
    await clock.advance(2_000);
    expect(answers).toHaveLength(1);
    here.runner.set([serviceOf({ checks, run: "2" })]);
    answers[0]!(1);
    await clock.advance(0);
    expect(healthNow(here)).toBe("unknown");
    expect([here.told, here.notes, here.unhealthy]).toEqual([[], [], []]);
    await clock.advance(2_000);
    answers[1]!(1);
    await clock.advance(0);
    expect([healthNow(here), here.unhealthy]).toEqual(["unhealthy", ["shop"]]);
    here.runner.set([serviceOf({ checks, run: "3" })]);
    expect(healthNow(here)).toBe("unknown");
    await clock.advance(2_000);
    answers[2]!(1);
    await clock.advance(0);
    expect(here.unhealthy).toEqual(["shop", "shop"]);
    // Told again as it is, it goes on; stopped, nothing is tried any more.
    here.runner.set([serviceOf({ checks: structuredClone(checks), run: "3" })]);
    expect(healthNow(here)).toBe("unhealthy");
    here.runner.set([serviceOf({ checks, run: null })]);
    expect(here.runner.read(KEY)).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  test("[HC3] another definition starts anew within the same run", async () => {
    const clock = new FakeClock();
    await using here = world({ clock });
    here.driver = BAD;
    here.runner.set([serviceOf({ checks: [checkOf({ fall: 1, intervalMs: 30_000 })] })]);
    await clock.advance(2_000);
    expect(healthNow(here)).toBe("unhealthy");
    here.runner.set([serviceOf({ checks: [checkOf({ fall: 2, intervalMs: 30_000 })] })]);
    expect(healthNow(here)).toBe("unknown");
  });

  test("[HC4] within the start period bad results are shown and do not count", async () => {
    const clock = new FakeClock();
    await using here = world({ clock });
    here.driver = BAD;
    here.runner.set([serviceOf({ checks: [checkOf({ fall: 1, intervalMs: 10_000, startPeriodMs: 35_000 })] })]);
    await clock.advance(34_000);
    expect(here.runner.read(KEY)).toMatchObject({
      health: "unknown",
      detail: "front: ill",
    });
    expect(here.unhealthy).toEqual([]);
    await clock.advance(12_000);
    expect([healthNow(here), here.unhealthy]).toEqual(["unhealthy", ["shop"]]);
  });

  test("[HC1] a hundred services are tried behind one timer, each at its interval, at most eight at a time", async () => {
    const clock = new FakeClock();
    let running = 0;
    let most = 0;
    let tries = 0;
    const host = {
      execute: async () => {
        tries++;
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => clock.after(100, resolve));
        running--;
        return { exitCode: 0, stdout: "", stderr: "", truncated: false };
      },
    };
    await using here = world({ clock, host });
    const checks = [checkOf({ target: { by: "exec", command: ["/x"] }, intervalMs: 30_000 })];
    const services = Array.from({ length: 100 }, (_, index) =>
      serviceOf({ key: { driver: "process", name: `s${index}` }, checks }),
    );
    here.runner.set(services);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(300_000);
    expect(most).toBeLessThanOrEqual(8);
    // The first, then one an interval.
    expect(tries).toBeGreaterThanOrEqual(100 * 10);
    expect(tries).toBeLessThanOrEqual(100 * 12);
    here.runner.set([]);
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test("[HC2] a check that hangs holds up neither itself for ever nor any other", async () => {
    const clock = new FakeClock();
    const host = {
      execute: ([name]: readonly string[], { signal }: { readonly signal: AbortSignal }) =>
        name === "/hangs"
          ? new Promise<never>((_resolve, reject) =>
              signal.addEventListener("abort", () => reject(signal.reason as Error)),
            )
          : Promise.resolve({ exitCode: 0, stdout: "", stderr: "", truncated: false }),
    };
    await using here = world({ clock, host });
    const of = (name: string) =>
      checkOf({ name, target: { by: "exec", command: [`/${name}`] }, intervalMs: 10_000, timeoutMs: 5_000 });
    here.runner.set([serviceOf({ checks: [of("hangs"), of("answers")] })]);
    await clock.advance(60_000);
    expect(here.runner.read(KEY)?.detail).toMatch(/^hangs: it did not end in time/);
    expect(here.notes.at(-1)?.cause).toContain("hangs: it did not end in time");
  });

  test("[HC13] the newest line of this run with one of the texts decides", async () => {
    const clock = new FakeClock();
    await using here = world({ clock });
    const checks = [checkOf({ target: { by: "log", good: "ready", bad: "panic" }, intervalMs: 1_000, fall: 1 })];
    here.runner.set([serviceOf({ checks })]);
    await clock.advance(3_000);
    expect(here.runner.read(KEY)).toMatchObject({
      health: "unknown",
      detail: expect.stringContaining("neither text was logged yet"),
    });
    const after = async (...lines: readonly string[]) => {
      lines.forEach(here.log);
      await clock.advance(2_000);
      return healthNow(here);
    };
    expect(await after("all", "ready")).toBe("healthy");
    expect(await after("ready", "panic: x")).toBe("unhealthy");
    expect(await after("panic", "ready to serve")).toBe("healthy");
    expect(await after("ready to panic")).toBe("unhealthy");
    expect(await after("something else")).toBe("unhealthy");
    here.runner.set([serviceOf({ checks, run: "2" })]);
    expect(here.followers()).toBe(1);
    await clock.advance(2_000);
    expect(healthNow(here)).toBe("unknown");
    here.runner.set([]);
    expect(here.followers()).toBe(0);
  });

  test("[HC14] the driver's own word counts, and its silence is unknown", async () => {
    const clock = new FakeClock();
    await using here = world({ clock });
    here.runner.set([serviceOf({ checks: [checkOf({ intervalMs: 1_000, fall: 1, severity: "degraded" })] })]);
    await clock.advance(2_000);
    expect(healthNow(here)).toBe("unknown");
    here.driver = GOOD;
    await clock.advance(2_000);
    expect(healthNow(here)).toBe("healthy");
    here.driver = { health: "degraded", detail: "" };
    await clock.advance(2_000);
    expect(here.runner.read(KEY)).toMatchObject({
      health: "degraded",
      detail: expect.stringContaining("its driver says degraded"),
    });
    // Degraded is nothing to act on.
    expect(here.unhealthy).toEqual([]);
  });

  test("[HC9] numbers that a program prints are in the rounds for two intervals, and go with the run", async () => {
    const clock = new FakeClock();
    let output = "users=12\njobs_total=7";
    const host = { execute: () => Promise.resolve({ exitCode: 0, stdout: output, stderr: "", truncated: false }) };
    await using here = world({ clock, host });
    const checks = [checkOf({ target: { by: "exec", command: ["/x"] }, intervalMs: 30_000 })];
    const collector = customReadings(() => here.runner).create(
      { mounts: "auto", hostRoot: "/" },
      { host: new LocalHost(clock), clock, log: silentLogger },
    );
    const round = async () => {
      const seen: unknown[] = [];
      const sink: SampleSink = {
        gauge: (metric, value, labels) => void seen.push(["gauge", metric, value, labels]),
        counter: (metric, total, labels) => void seen.push(["counter", metric, total, labels]),
      };
      await collector.collect(sink, AbortSignal.timeout(1_000));
      return seen;
    };
    here.runner.set([serviceOf({ checks })]);
    expect(await round()).toEqual([]);
    await clock.advance(2_000);
    const labels = { driver: "process", service: "shop" };
    expect(await round()).toEqual([
      ["gauge", "custom_users", 12, labels],
      ["counter", "custom_jobs_total", 7, labels],
    ]);
    output = "users=13";
    await clock.advance(45_000);
    expect(await round()).toEqual([["gauge", "custom_users", 13, labels]]);
    here.runner.set([serviceOf({ checks, run: "2" })]);
    expect(await round()).toEqual([]);
  });

  test("stopping ends what is under way, and nothing comes after", async () => {
    const clock = new FakeClock();
    let aborted = 0;
    const host = {
      execute: (_argv: readonly string[], { signal }: { readonly signal: AbortSignal }) =>
        new Promise<never>((_resolve, reject) =>
          signal.addEventListener("abort", () => {
            aborted++;
            reject(signal.reason as Error);
          }),
        ),
    };
    const here = world({ clock, host });
    here.runner.set([serviceOf({ checks: [checkOf({ target: { by: "exec", command: ["/x"] } })] })]);
    await clock.advance(1_000);
    await here.runner.stop();
    expect([aborted, here.told.length, clock.pendingTimers]).toEqual([1, 0, 0]);
    here.runner.set([serviceOf({ checks: [checkOf({})] })]);
    expect(clock.pendingTimers).toBe(0);
    await here[Symbol.asyncDispose]();
  });
});
