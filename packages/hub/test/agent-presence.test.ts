import { connectAs, FakeClock, ScriptedAgent, waitFor } from "@muster/testkit";
import { generateKeys } from "@muster/node-kit";
import type { Presence } from "@muster/core";
import { expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 5_000;

/** A hub whose time stands still unless turned. */
async function stillHub(): Promise<{ hub: TestHub; clock: FakeClock }> {
  const clock = new FakeClock(Date.now());
  return { hub: await TestHub.start({ clock, metricStore: "memory" }), clock };
}

/** Lets time pass in steps, with time for the sockets between them. */
async function pass(hub: TestHub, clock: FakeClock, durationMs: number, stepMs = 1_000): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
    await clock.advance(Math.min(stepMs, durationMs - passedMs));
    await fetch(`${hub.address}/healthz`);
    await fetch(`${hub.address}/healthz`);
  }
}

const presenceOf = async (hub: TestHub, serverId: string): Promise<Presence> => (await hub.server(serverId)).presence;

test("a partition shows as stale after 3 and offline after 6 intervals, each since the last thing heard", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const identity = await hub.join("partitioned");
  await using agent = await ScriptedAgent.open(hub.address, { autoPong: false });
  await agent.authenticate(identity, { at: clock.now() });
  const onlineSince = clock.now();
  await pass(hub, clock, 4_000);
  agent.batch(1, clock.now(), [1]);
  await agent.acknowledged(1);
  const lastHeardAt = clock.now();
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "online", since: onlineSince });
  await pass(hub, clock, 3 * INTERVAL_MS - 1);
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "online", since: onlineSince });
  await pass(hub, clock, 1);
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "stale", since: lastHeardAt });
  await pass(hub, clock, 3 * INTERVAL_MS - 1);
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "stale", since: lastHeardAt });
  await pass(hub, clock, 1);
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "offline", since: lastHeardAt });
  agent.batch(2, clock.now(), [1]);
  await agent.acknowledged(2);
  expect(await presenceOf(hub, identity.serverId)).toEqual({ is: "online", since: clock.now() });
});

test("an agent that has nothing to report is asked, answers, and is not called stale", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const identity = await hub.join("holding");
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.authenticate(identity, { at: clock.now() });
  for (let second = 0; second < 120; second++) {
    await pass(hub, clock, 1_000);
    expect((await presenceOf(hub, identity.serverId)).is, `after ${second} s`).toBe("online");
  }
  expect(agent.closed).toBeUndefined();
});

test("WS-06 a half-open connection is closed within 60 seconds, and one that never proves anything within 15", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const identity = await hub.join("half-open");
  await using agent = await ScriptedAgent.open(hub.address, { autoPong: false });
  await agent.authenticate(identity, { at: clock.now() });
  await using stranger = await ScriptedAgent.open(hub.address);
  await stranger.greet();
  await pass(hub, clock, 15_000);
  expect(stranger.closed?.code).toBe(4400);
  await pass(hub, clock, 45_000);
  await agent.end();
});

test.for([
  ["forward", HOUR_MS],
  ["back", -HOUR_MS],
] as const)(
  "R9 a step of the hub's clock by an hour %s makes nobody offline, and live readings go on",
  async ([, stepMs]) => {
    const { hub, clock } = await stillHub();
    await using _ = hub;
    const identity = await hub.join("stepped");
    await using agent = await ScriptedAgent.open(hub.address);
    await agent.authenticate(identity, { at: clock.now() });
    const define = [{ metric: "load1" }];
    let seq = 0;
    // The agent's own clock is right and goes on as before.
    let agentAt = clock.now();
    const round = async (load: number): Promise<void> => {
      await pass(hub, clock, INTERVAL_MS, INTERVAL_MS);
      agentAt += INTERVAL_MS;
      agent.batch(++seq, agentAt, [load], { define });
      await agent.acknowledged(seq);
    };
    for (let count = 0; count < 3; count++) await round(1);
    clock.stepWallTime(stepMs);
    expect((await presenceOf(hub, identity.serverId)).is).toBe("online");
    for (let count = 0; count < 6; count++) {
      await round(2 + count);
      const { presence, summary } = await hub.server(identity.serverId);
      expect(presence.is).toBe("online");
      expect(summary.load1).toBe(2 + count);
      expect(Math.abs((summary.at ?? 0) - clock.now())).toBeLessThan(1_000);
    }
    expect(
      (await hub.tally(identity.serverId, "load1", clock.now() - 2 * HOUR_MS, clock.now() + 2 * HOUR_MS)).count,
    ).toBe(9);
  },
);

test("R9 a hub that restarts calls nobody offline at once; who stays away becomes it, since when it was heard, whatever the clock does", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const [returning, gone] = [await hub.join("returning"), await hub.join("gone")];
  {
    await using one = await connectAs(hub.address, returning, { at: clock.now() });
    await using other = await connectAs(hub.address, gone, { at: clock.now() });
    one.batch(1, clock.now(), [1]);
    other.batch(1, clock.now(), [1]);
    await one.acknowledged(1);
    await other.acknowledged(1);
  }
  const lastHeardAt = clock.now();
  await hub.stop();
  // Ten minutes without a hub are nobody's fault but the hub's.
  await clock.advance(600_000);
  await hub.start();
  for (const { serverId } of [returning, gone]) {
    expect((await presenceOf(hub, serverId)).is).toBe("stale");
  }
  await using back = await connectAs(hub.address, returning, { at: clock.now() });
  await pass(hub, clock, 15_000, 5_000);
  back.batch(2, clock.now(), [1]);
  await back.acknowledged(2);
  expect((await presenceOf(hub, gone.serverId)).is).toBe("stale");
  clock.stepWallTime(-2 * HOUR_MS);
  await pass(hub, clock, 10_000, 5_000);
  expect(await presenceOf(hub, gone.serverId)).toEqual({ is: "offline", since: lastHeardAt });
  expect((await presenceOf(hub, returning.serverId)).is).toBe("online");
});

test("AG-04 a token is refused from the end of its fifteenth minute on", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const inTime = await hub.token({ name: "in-time" });
  const late = await hub.token({ name: "too-late" });
  await clock.advance(15 * 60_000 - 1);
  {
    await using agent = await ScriptedAgent.open(hub.address);
    expect((await agent.enroll(inTime, "in-time", generateKeys())).state).toBe("active");
  }
  await clock.advance(1);
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send(agent.enrollFrame(late, "too-late", generateKeys()));
  await waitFor(() => clock.advance(50).then(() => agent.closed), { describe: "closed" });
  expect(agent.closed?.code).toBe(4401);
});

test("a hub that runs longer than its certificate makes another in time, which the same pin proves", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const identity = await hub.join("long-lived");
  const greeting = async () => {
    await using agent = await ScriptedAgent.open(hub.address);
    return (await agent.greet()).certificate;
  };
  const first = await greeting();
  const dayMs = 24 * HOUR_MS;
  expect(first.notAfter - first.notBefore).toBe(90 * dayMs);
  // As 82 days of timers would be many, only the calendar is turned.
  clock.stepWallTime(82 * dayMs);
  expect(await greeting()).toEqual(first);
  clock.stepWallTime(2 * dayMs);
  const second = await greeting();
  expect(second).toMatchObject({ rootPub: first.rootPub, hubPub: first.hubPub, hubId: first.hubId });
  expect(second.notAfter).toBe(clock.now() + 90 * dayMs);
  await using agent = await ScriptedAgent.open(hub.address);
  expect((await agent.authenticate(identity, { at: clock.now() })).state).toBe("active");
  // A certificate from a future that was a mistake of the clock would be refused by agents.
  clock.stepWallTime(-84 * dayMs);
  expect((await greeting()).notBefore).toBe(clock.now());
  await hub.restart();
  expect((await greeting()).notBefore).toBe(clock.now());
});

test("DS-01 a flood before the proof is settled waits in the sender, not in the hub", async () => {
  const { hub, clock } = await stillHub();
  await using _ = hub;
  const { keys } = await hub.join("flooding");
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  // A wrong proof is answered after a while, which does not pass here: whatever comes meanwhile has to wait somewhere.
  agent.send(agent.authFrame({ keys, agentId: "nobody", serverId: "" }));
  const frame = JSON.stringify({ t: "facts", facts: "x".repeat(1024 * 1024 - 100) });
  for (let index = 0; index < 32; index++) agent.send(frame);
  const taken = waitFor(() => agent.waitingBytes < 16 * 1024 * 1024, { timeoutMs: 1_500, describe: "taken" });
  await expect(taken).rejects.toThrow("not within");
  await waitFor(() => clock.advance(50).then(() => agent.closed), { describe: "closed" });
});
