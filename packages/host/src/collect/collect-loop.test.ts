import { silentLogger } from "@muster/core";
import type { Host } from "../host.ts";
import type { Collector, CollectorKind } from "../collector.ts";
import { FakeClock, settle } from "@muster/testkit";
import { expect, test } from "vitest";
import { CollectLoop } from "./collect-loop.ts";
import type { Round } from "./round.ts";

const host = {} as Host;
const kind = (name: string, collect: Collector["collect"], everyMs = 0): CollectorKind => ({
  name,
  everyMs,
  create: () => ({ collect }),
});

function start(kinds: CollectorKind[], intervalMs = 5_000) {
  const clock = new FakeClock();
  const rounds: Round[] = [];
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const loop = new CollectLoop(
    { mounts: "auto", hostRoot: "/", intervalMs },
    { clock, log, host, kinds, take: (round) => void rounds.push(round) },
  );
  loop.start();
  return { clock, rounds, warnings, loop };
}
const valuesOf = (round: Round): unknown[][] => JSON.parse(round.rows) as unknown[][];

test("rounds lie on a grid of the monotonic clock, whatever a round takes", async () => {
  const { clock, rounds, loop } = start([
    kind("a", (sink) => {
      sink.gauge("a", 1);
      return Promise.resolve();
    }),
  ]);
  const first = clock.now();
  await clock.advance(3_600_000);
  await loop.stop();
  expect(rounds).toHaveLength(721);
  expect(rounds.map((round) => round.at - first)).toEqual(rounds.map((_, index) => index * 5_000));
  expect(clock.pendingTimers).toBe(0);
});

test("the layout stays the same object until the set of series changes", async () => {
  let isMore = false;
  const { clock, rounds, loop } = start([
    kind("a", (sink) => {
      sink.gauge("a", 0.123_456_789);
      if (isMore) sink.counter("b", 7, { device: "sda" });
      return Promise.resolve();
    }),
  ]);
  await clock.advance(5_000);
  isMore = true;
  await clock.advance(5_000);
  isMore = false;
  await clock.advance(5_000);
  await loop.stop();
  expect(rounds[0]!.define).toBe(rounds[1]!.define);
  expect(rounds[2]!.define).toBe(rounds[3]!.define);
  expect(rounds[0]!.define).toBe('[{"metric":"a"}]');
  expect(rounds[2]!.define).toBe('[{"metric":"a"},{"metric":"b","labels":{"device":"sda"}}]');
  expect(valuesOf(rounds[2]!)[0]!.slice(1)).toEqual([0.123457, 7]);
  expect(valuesOf(rounds[3]!)[0]!.slice(1)).toEqual([0.123457, null]);
});

test("a collector that throws fails its own round only, and is logged once per streak", async () => {
  let isBroken = false;
  const { clock, rounds, warnings, loop } = start([
    kind("good", (sink) => Promise.resolve(sink.gauge("good", 1))),
    kind("bad", (sink) => {
      sink.gauge("bad", 2);
      return isBroken ? Promise.reject(new Error("broken")) : Promise.resolve();
    }),
  ]);
  await clock.advance(0);
  isBroken = true;
  await clock.advance(15_000);
  isBroken = false;
  await clock.advance(5_000);
  isBroken = true;
  await clock.advance(5_000);
  await loop.stop();
  expect(rounds.map((round) => valuesOf(round)[0]!.slice(1))).toEqual([
    [1, 2],
    [1, null],
    [1, null],
    [1, null],
    [1, 2],
    [1, null],
  ]);
  expect(warnings).toEqual(["a collector failed", "a collector failed"]);
  expect(loop.failures).toBe(4);
});

test("a collector that hangs is left out, and what it says late goes nowhere", async () => {
  let release = (): void => undefined;
  let calls = 0;
  const { clock, rounds, loop } = start([
    kind("good", (sink) => Promise.resolve(sink.gauge("good", 1))),
    kind("slow", async (sink) => {
      if (calls++ === 1) await new Promise<void>((resolve) => (release = resolve));
      sink.gauge("slow", calls);
    }),
  ]);
  await clock.advance(12_000);
  release();
  await settle();
  await clock.advance(8_000);
  await loop.stop();
  const slow = rounds.map((round) => valuesOf(round)[0]!.slice(1));
  expect(slow).toEqual([
    [1, 1],
    [1, null],
    [1, null],
    [1, 3],
    [1, 4],
  ]);
  expect(loop.failures).toBe(2);
});

test("slower collectors join the rounds in which they are due", async () => {
  let calls = 0;
  const { clock, loop } = start([
    kind("fast", (sink) => Promise.resolve(sink.gauge("fast", 1))),
    kind("slow", (sink) => Promise.resolve(sink.gauge("slow", ++calls)), 30_000),
  ]);
  await clock.advance(300_000);
  await loop.stop();
  expect(calls).toBe(11);
});

test("a focus reads once a second, ends with its lease and is renewed by another", async () => {
  const { clock, rounds, loop } = start([kind("a", (sink) => Promise.resolve(sink.gauge("a", 1)))]);
  await clock.advance(5_000);
  const before = rounds.length;
  loop.focus(20_000);
  expect(loop.intervalMs).toBe(1_000);
  await clock.advance(10_000);
  loop.focus(20_000);
  await clock.advance(20_500);
  expect(rounds.length - before).toBeGreaterThanOrEqual(29);
  expect(rounds.length - before).toBeLessThanOrEqual(31);
  expect(loop.intervalMs).toBe(5_000);
  const after = rounds.length;
  await clock.advance(60_000);
  await loop.stop();
  expect(rounds.length - after).toBeGreaterThanOrEqual(11);
  expect(rounds.length - after).toBeLessThanOrEqual(13);
});

test("all collectors together define no more series than a layout holds", async () => {
  const { clock, rounds, loop } = start([
    kind("wild", (sink) => {
      for (let index = 0; index < 5_000; index++) sink.gauge("wild", 1, { n: String(index) });
      sink.gauge("bad name of a label", 1, { "Not Good": "x" });
      sink.gauge("not_a_number", Number.NaN);
      return Promise.resolve();
    }),
    kind("late", (sink) => Promise.resolve(sink.gauge("late", 1))),
  ]);
  await clock.advance(5_000);
  await loop.stop();
  expect(JSON.parse(rounds[0]!.define)).toHaveLength(2_000);
});

test("device churn does not fill the layout for ever: what was long absent leaves", async () => {
  let turn = 0;
  const { clock, rounds, loop } = start(
    [
      kind("churn", (sink) => {
        sink.gauge("steady", 1);
        sink.gauge("veth", 1, { interface: `veth${Math.floor(turn++ / 10)}` });
        return Promise.resolve();
      }),
    ],
    1_000,
  );
  await clock.advance(5_000_000);
  await loop.stop();
  expect((JSON.parse(rounds.at(-1)!.define) as unknown[]).length).toBeLessThan(20);
  const last = valuesOf(rounds.at(-1)!)[0]!
    .slice(1)
    .filter((value) => value !== null);
  expect(last).toEqual([1, 1]);
});
