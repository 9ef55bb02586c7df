import { connectAs, FakeClock, ScriptedAgent } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

/** The hub's time, which stands still unless turned. */
const clock = new FakeClock();
let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ clock, metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const INTERVAL_MS = 5_000;
const NEAR_MS = 3 * INTERVAL_MS * 5;

/** How many samples stand near the hub's time, and how many anywhere in twenty-one years. */
async function places(identity: ScriptedIdentity): Promise<{ near: number; anywhere: number }> {
  const now = clock.now();
  const near = await hub.tally(identity.serverId, "test_0", now - NEAR_MS, now + NEAR_MS);
  const past = await hub.tally(identity.serverId, "test_0", now - 9.9 * 366 * 24 * HOUR_MS, now - NEAR_MS);
  const future = await hub.tally(identity.serverId, "test_0", now + NEAR_MS, now + 9.9 * 366 * 24 * HOUR_MS);
  return { near: near.count, anywhere: near.count + past.count + future.count };
}

test.for([
  ["an hour ahead", HOUR_MS],
  ["an hour behind", -HOUR_MS],
  ["ten years ahead", TEN_YEARS_MS],
  ["ten years behind", -TEN_YEARS_MS],
] as const)(
  "AG-19 samples of a server whose clock stands %s stand at the hub's time, and the offset is shown",
  async ([name, skewMs]) => {
    const identity = await hub.join(`skewed ${name}`);
    await using agent = await connectAs(hub.address, identity, { at: clock.now() + skewMs });
    for (let seq = 1; seq <= 5; seq++) {
      await clock.advance(INTERVAL_MS);
      agent.batch(seq, clock.now() + skewMs, [1]);
      await agent.acknowledged(seq);
    }
    expect(await places(identity)).toEqual({ near: 5, anywhere: 5 });
    const { clockOffsetMs, summary } = await hub.server(identity.serverId);
    expect(Math.abs((clockOffsetMs ?? 0) - skewMs)).toBeLessThanOrEqual(1);
    expect(Math.abs((summary.at ?? 0) - clock.now())).toBeLessThanOrEqual(1);
  },
);

test.for([
  ["an hour forward", HOUR_MS],
  ["an hour back", -HOUR_MS],
  ["ten years forward", TEN_YEARS_MS],
  ["ten years back", -TEN_YEARS_MS],
] as const)(
  "AG-19 a clock that is stepped %s within a session moves no sample away from the hub's time",
  async ([name, stepMs]) => {
    const identity = await hub.join(`stepped ${name}`);
    await using agent = await connectAs(hub.address, identity, { at: clock.now() });
    let seq = 0;
    const send = async (skewMs: number): Promise<void> => {
      await clock.advance(INTERVAL_MS);
      agent.batch(++seq, clock.now() + skewMs, [1]);
      await agent.acknowledged(seq);
    };
    for (let count = 0; count < 3; count++) await send(0);
    for (let count = 0; count < 5; count++) await send(stepMs);
    const shown = (await hub.server(identity.serverId)).clockOffsetMs ?? 0;
    expect(Math.abs(shown - stepMs)).toBeLessThanOrEqual(1);
    for (let count = 0; count < 5; count++) await send(0);
    expect(Math.abs((await hub.server(identity.serverId)).clockOffsetMs ?? 0)).toBeLessThanOrEqual(1);
    expect(await places(identity)).toEqual({ near: 13, anywhere: 13 });
  },
);

test("AG-19 late samples from ten years away are acknowledged, counted and not stored", async () => {
  const identity = await hub.join("late and far");
  await using agent = await connectAs(hub.address, identity, { at: clock.now() });
  const now = clock.now();
  const times = [now - TEN_YEARS_MS, now + TEN_YEARS_MS, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0];
  for (const [index, at] of times.entries()) {
    agent.batch(index + 1, at, [1], { late: true });
    await agent.acknowledged(index + 1);
  }
  expect(await places(identity)).toEqual({ near: 0, anywhere: 0 });
  expect(hub.logged("some samples of a server were not stored").some((line) => line.includes(identity.serverId))).toBe(
    true,
  );
});

test("AG-19 late samples at the edge of numbers are taken beside a wrong clock, too", async () => {
  const identity = await hub.join("edge of numbers");
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.authenticate(identity, { at: clock.now() + TEN_YEARS_MS });
  agent.batch(1, Number.MIN_SAFE_INTEGER, [1], { late: true });
  await agent.acknowledged(1);
});

test("readings that a stalled line held up for some seconds stay where they belong", async () => {
  const identity = await hub.join("stalled line");
  await using agent = await connectAs(hub.address, identity, { at: clock.now() });
  const delays = [40_000, 35_000, 30_000, 25_000, 20_000, 15_000, 10_000, 5_000, 0];
  agent.batch(100, clock.now(), [1]);
  await agent.acknowledged(100);
  await clock.advance(45_000);
  const now = clock.now();
  for (const [index, delayMs] of delays.entries()) agent.batch(101 + index, now - delayMs, [1]);
  await agent.acknowledged(100 + delays.length);
  for (const delayMs of delays) {
    const { count } = await hub.tally(identity.serverId, "test_0", now - delayMs, now - delayMs + 1_000);
    expect({ delayMs, count }).toEqual({ delayMs, count: 1 });
  }
});
