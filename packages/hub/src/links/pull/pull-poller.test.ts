import { silentLogger } from "@muster/core";
import type { Clock, Instant, PullReading } from "@muster/core";

import { FakeClock, settle } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { PullFailure } from "./pull-adapter.ts";
import type { PullAdapter, PullConfig } from "./pull-adapter.ts";
import { PullPoller } from "./pull-poller.ts";
import type { PullEntry } from "./pull-poller.ts";

const config = (url: string, more: Partial<PullConfig> = {}): PullConfig => ({
  ...{ url, timeoutMs: 5_000, allow: [], channelNames: {} },
  ...more,
});
const entry = (serverId: string, url = `http://${serverId}:9100`, intervalMs = 10_000): PullEntry => ({
  ...{ serverId, kind: "node-exporter", config: config(url), intervalMs },
});
const READING: PullReading = { samples: [] };

/** A poller over adapters whose looks last as long as the script says. */
function world({ looksMax = 100, lookMs = 50, earlyMs = 0 } = {}) {
  const clock = new FakeClock();
  const early: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, fn) => clock.after(delayMs - earlyMs, fn),
  };
  const looks: { readonly url: string; readonly atMs: number }[] = [];
  const told: string[] = [];
  const failing = new Map<string, Error>();
  let underWay = 0;
  let mostUnderWay = 0;
  const onReading: { fn?: (serverId: string) => void | Promise<void> } = {};
  const log = silentLogger;
  const poller = new PullPoller(
    { looksMax },
    {
      ...{ clock: early, log },
      create: (_kind, { url }): PullAdapter => {
        if (url === "broken") throw new PullFailure("address", "It is none.");
        return {
          read: (signal) =>
            new Promise((resolve, reject) => {
              looks.push({ url, atMs: clock.monotonic() });
              mostUnderWay = Math.max(mostUnderWay, ++underWay);
              const end = (error?: Error): void => {
                underWay--;
                timer.cancel();
                signal.removeEventListener("abort", abort);
                if (error === undefined) resolve(READING);
                else reject(error);
              };
              const abort = (): void => end(new PullFailure("reach", "aborted"));
              const timer = clock.after(lookMs, () => end(failing.get(url)));
              signal.addEventListener("abort", abort);
            }),
        };
      },
      onReading: (serverId, _reading, at: Instant) => {
        told.push(`${serverId} ok`);
        expect(at).toBe(clock.now());
        return onReading.fn?.(serverId);
      },
      onFailure: (serverId, failure) => void told.push(`${serverId} ${failure.step}`),
    },
  );
  return { ...{ clock, poller, looks, told, failing, onReading }, mostUnderWay: () => mostUnderWay };
}

describe("the poller", () => {
  test("[PL50] looks at each server once an interval, spread, none at the start", async () => {
    const { clock, poller, looks } = world();
    for (let index = 0; index < 100; index++) poller.put(entry(`s${index}`), "at-its-turn");
    await clock.advance(0);
    expect(looks.length).toBeLessThan(3);
    await clock.advance(10_000);
    expect(new Set(looks.map(({ url }) => url)).size).toBe(100);
    await clock.advance(90_000);
    for (let index = 0; index < 100; index++) {
      const times = looks.filter(({ url }) => url === `http://s${index}:9100`).map(({ atMs }) => atMs);
      expect(times.length).toBeGreaterThanOrEqual(10);
      for (const [at, time] of times.slice(1).entries()) expect(time - times[at]!).toBeCloseTo(10_000, 3);
    }
    await poller.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("[PL57] looks at once at what is new, within its bound, and afterwards at its place", async () => {
    const { clock, poller, looks, told, failing, mostUnderWay } = world({ looksMax: 3, lookMs: 50 });
    failing.set("http://s1:9100", new PullFailure("reach", "Nothing listens there."));
    for (let index = 0; index < 9; index++) poller.put(entry(`s${index}`, undefined, 60_000), "now");
    await clock.advance(200);
    expect(mostUnderWay()).toBe(3);
    expect(told.toSorted()).toEqual(
      Array.from({ length: 9 }, (_, index) => `s${index} ${index === 1 ? "reach" : "ok"}`),
    );
    await clock.advance(60_000);
    // Each had its turn besides; one that lay within the first look counts as that.
    for (let index = 0; index < 9; index++) {
      const times = looks.filter(({ url }) => url === `http://s${index}:9100`).map(({ atMs }) => atMs);
      expect([1, 2]).toContain(times.length);
      if (times.length === 1) expect(times[0]).toBeLessThan(200);
    }
    expect(looks.length).toBeGreaterThan(15);
    await poller.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("[PL57] looks at once after another address or other settings, once for those that share a box", async () => {
    const { clock, poller, looks, told } = world();
    poller.put(entry("a", "http://old:1", 60_000), "at-its-turn");
    poller.put(entry("b", "http://new:1", 60_000), "at-its-turn");
    poller.put(entry("b", "http://new:1", 60_000), "now");
    await settle();
    expect(looks).toEqual([]);
    poller.put(entry("a", "http://new:1", 60_000), "at-its-turn");
    poller.put(entry("c", "http://new:1", 60_000), "now");
    await clock.advance(50);
    expect(looks.map(({ url }) => url)).toEqual(["http://new:1"]);
    expect(told.toSorted()).toEqual(["a ok", "b ok", "c ok"]);
    await poller.stop();
  });

  test("[PL50] looks once a turn also when its timers come a moment early", async () => {
    const { clock, poller, looks } = world({ lookMs: 0.2, earlyMs: 0.9 });
    poller.put(entry("a"), "at-its-turn");
    await clock.advance(100_000);
    expect(looks).toHaveLength(10);
    await poller.stop();
  });

  test("[PL52] keeps to its bound of looks at one time, and to one at each box", async () => {
    const { clock, poller, looks, mostUnderWay } = world({ looksMax: 7, lookMs: 900 });
    for (let index = 0; index < 70; index++) poller.put(entry(`s${index}`, undefined, 5_000), "at-its-turn");
    await clock.advance(60_000);
    expect(mostUnderWay()).toBe(7);
    const { length } = looks;
    expect(length).toBeGreaterThan(400);
    await poller.stop();

    const one = world({ lookMs: 900 });
    for (let index = 0; index < 5; index++)
      one.poller.put(
        {
          ...entry(`c${index}`, "http://box:1"),
          config: config("http://box:1", { secret: String(index) }),
        },
        "at-its-turn",
      );
    await one.clock.advance(30_000);
    expect(one.mostUnderWay()).toBe(1);
    expect(one.looks.length).toBeGreaterThanOrEqual(15);
    await one.poller.stop();
  });

  test("[PL53] looks once at what several entries share, and tells it to each", async () => {
    const { clock, poller, looks, told } = world();
    poller.put(entry("a", "http://box:9100"), "at-its-turn");
    poller.put(entry("b", "http://box:9100/"), "at-its-turn");
    poller.put({ ...entry("c"), config: config("http://box:9100", { secret: "another" }) }, "at-its-turn");
    expect(poller.state("a")?.sharedWith).toEqual(["b"]);
    expect(poller.adapter("a")).toBe(poller.adapter("b"));
    expect(poller.adapter("c")).not.toBe(poller.adapter("a"));
    await clock.advance(10_100);
    expect(looks).toHaveLength(2);
    expect(told.toSorted()).toEqual(["a ok", "b ok", "c ok"]);
    poller.remove("a");
    await clock.advance(10_000);
    expect(told.filter((line) => line === "b ok")).toHaveLength(2);
    expect(poller.state("a")).toBeUndefined();
    expect(poller.state("b")?.sharedWith).toEqual([]);
    await poller.stop();
  });

  test("[PL51] looks less often at what fails, up to five minutes, and tells how it goes", async () => {
    const { clock, poller, looks, failing, told } = world();
    failing.set("http://a:9100", new PullFailure("reach", "Nothing listens there."));
    poller.put(entry("a"), "at-its-turn");
    expect(poller.state("a")).toEqual({
      ...{ lastTriedAt: null, lastOkAt: null, lastError: null, roundTripMs: null, failures: 0, sharedWith: [] },
    });
    await clock.advance(3_000_000);
    const gaps = looks.slice(1).map(({ atMs }, index) => Math.round((atMs - looks[index]!.atMs) / 1_000));
    expect(gaps.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(poller.state("a")).toMatchObject({
      ...{ lastOkAt: null, roundTripMs: 50, failures: looks.length, lastError: { step: "reach" } },
    });
    failing.clear();
    told.length = 0;
    await clock.advance(330_000);
    expect(told.length).toBeGreaterThan(2);
    expect(poller.state("a")).toMatchObject({ failures: 0, lastError: null });
    await poller.stop();
  });

  test("[PL54] looks at once when it is asked, joins a look under way, and goes back to its pace after a recovery", async () => {
    const { clock, poller, looks, failing } = world();
    failing.set("http://a:9100", new PullFailure("reach", "Nothing listens there."));
    poller.put(entry("a"), "at-its-turn");
    await clock.advance(100_000);
    failing.clear();
    looks.length = 0;
    const both = Promise.all([poller.refresh("a"), poller.refresh("a")]);
    await clock.advance(60);
    expect(await both).toEqual([READING, READING]);
    expect(looks).toHaveLength(1);
    await clock.advance(30_000);
    expect(looks.length).toBeGreaterThanOrEqual(3);
    await expect(poller.refresh("nobody")).rejects.toThrow("not pulled");
    await poller.stop();
  });

  test("[PL54] what is asked for goes before what waits for its turn", async () => {
    const { clock, poller, looks } = world({ looksMax: 1, lookMs: 1_000 });
    for (let index = 0; index < 30; index++) poller.put(entry(`s${index}`), "at-its-turn");
    await clock.advance(10_000);
    // One that waits for its turn, and one that had it before.
    const seen = looks.map(({ url }) => url.slice(7, -5));
    const patient = Array.from({ length: 30 }, (_, index) => `s${index}`).find((id) => !seen.includes(id))!;
    const wanted = [patient, seen[0]!];
    looks.length = 0;
    const asked = wanted.map((id) => poller.refresh(id));
    await clock.advance(3_100);
    await Promise.all(asked);
    expect(
      looks
        .slice(0, 2)
        .map(({ url }) => url.slice(7, -5))
        .toSorted(),
    ).toEqual(wanted.toSorted());
    await poller.stop();
  });

  test("[PL55] goes on when whoever takes readings throws, and waits for those who take their time", async () => {
    const { clock, poller, looks, onReading } = world();
    onReading.fn = () => {
      throw new Error("full");
    };
    poller.put(entry("a"), "at-its-turn");
    await clock.advance(30_000);
    expect(looks.length).toBeGreaterThanOrEqual(3);
    const held = Promise.withResolvers<void>();
    onReading.fn = () => held.promise;
    await clock.advance(10_000);
    const { length } = looks;
    await clock.advance(60_000);
    expect(looks).toHaveLength(length);
    onReading.fn = () => undefined;
    held.resolve();
    await clock.advance(20_000);
    // One for each turn from now on, none for those that were missed.
    expect(looks.length - length).toBeLessThanOrEqual(2);
    await poller.stop();
  });

  test("[PL5] tells an address that is none, and what was not foreseen without its cause", async () => {
    const { clock, poller, told, failing } = world();
    poller.put(entry("a", "broken"), "at-its-turn");
    failing.set("http://b:9100", new Error("secret=hunter22"));
    poller.put(entry("b"), "at-its-turn");
    await clock.advance(10_100);
    expect(told.toSorted()).toEqual(["a address", "b understand"]);
    expect(poller.adapter("a")).toBeUndefined();
    expect(poller.state("b")?.lastError?.message).not.toContain("hunter22");
    await poller.stop();
  });

  test("[PL56] ends a look under way when its server is removed or everything stops, and leaves nothing", async () => {
    const { clock, poller, looks, told } = world({ lookMs: 5_000, looksMax: 1 });
    poller.put(entry("a"), "at-its-turn");
    poller.put(entry("b"), "at-its-turn");
    const waiting = [poller.refresh("a"), poller.refresh("b")];
    await settle();
    expect(looks).toHaveLength(1);
    poller.remove("a");
    await expect(waiting[0]).rejects.toThrow("not looked at any more");
    const stopped = poller.stop();
    await expect(waiting[1]).rejects.toThrow("not looked at any more");
    await stopped;
    expect(told).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("[PL50] takes over a new interval and other settings at once", async () => {
    const { clock, poller, looks } = world();
    poller.put(entry("a", "http://a:1", 60_000), "at-its-turn");
    poller.put(entry("a", "http://a:1", 5_000), "at-its-turn");
    await clock.advance(5_100);
    expect(looks).toHaveLength(1);
    poller.put(entry("a", "http://a:2", 5_000), "at-its-turn");
    await clock.advance(5_100);
    // At once, and at its place.
    expect(looks.map(({ url }) => url)).toEqual(["http://a:1", "http://a:2", "http://a:2"]);
    await poller.stop();
  });
});
