import { deflateRawSync } from "node:zlib";
import { connectAs, ScriptedAgent, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub[Symbol.asyncDispose]());

const AROUND_MS = 60_000;

test("what was acknowledged is there after a restart, and ready says which numbers the hub holds", async () => {
  const identity = await hub.join("restarted");
  const at = Date.now();
  {
    await using agent = await connectAs(hub.address, identity);
    for (const seq of [1, 2, 3, 5]) agent.batch(seq, at + seq, [seq]);
    for (const seq of [1, 2, 3, 5]) await agent.acknowledged(seq);
    const ended = agent.end();
    await hub.restart();
    // The reason is how many milliseconds the agents' return may spread over.
    expect(await ended).toMatchObject({ code: 1012, reason: "1000" });
  }
  await using agent = await ScriptedAgent.open(hub.address);
  const { received } = await agent.authenticate(identity, { lastSeq: 5 });
  expect(received).toEqual([
    [1, 3],
    [5, 5],
  ]);
  expect(await hub.tally(identity.serverId, "test_0", at - AROUND_MS, at + AROUND_MS)).toEqual({ count: 4, sum: 11 });
});

test("a batch sent again, changed or not, is acknowledged and stored no second time", async () => {
  const identity = await hub.join("repeated");
  const at = Date.now();
  for (let attempt = 0; attempt < 3; attempt++) {
    await using agent = await connectAs(hub.address, identity, { lastSeq: 1 });
    agent.batch(1, at, [7]);
    agent.batch(1, at + 5, [8]);
    agent.send(deflateRawSync(JSON.stringify({ t: "batch", seq: 1, layout: 0, rows: [[at + 9, 9]], late: true })));
    await waitFor(() => agent.frames.filter((frame) => frame.t === "ack").length > 0, { describe: "acknowledged" });
    await agent.acknowledged(1);
  }
  expect(await hub.tally(identity.serverId, "test_0", at - AROUND_MS, at + AROUND_MS)).toEqual({ count: 1, sum: 7 });
});

test("what the agent's spool no longer holds counts as settled", async () => {
  const identity = await hub.join("settled");
  await using agent = await ScriptedAgent.open(hub.address);
  const { received } = await agent.authenticate(identity, { lastSeq: 120, spoolHead: 101 });
  expect(received).toEqual([[0, 100]]);
});

test("late batches come in packs, make history, and leave the newest values alone", async () => {
  const identity = await hub.join("late");
  await using agent = await connectAs(hub.address, identity);
  const now = Date.now();
  const define = [{ metric: "load1" }];
  agent.batch(100, now, [4], { define });
  await agent.acknowledged(100);
  const hourAgo = now - 3_600_000;
  const lines = Array.from({ length: 99 }, (_, index) =>
    JSON.stringify({
      t: "batch",
      seq: index + 1,
      layout: 1,
      ...(index === 0 ? { define } : {}),
      rows: [[hourAgo + index * 1_000, 1]],
      late: true,
    }),
  );
  agent.send(deflateRawSync(lines.join("\n")));
  for (const seq of [1, 50, 99]) await agent.acknowledged(seq);
  expect(await hub.tally(identity.serverId, "load1", hourAgo, hourAgo + 99_000)).toEqual({ count: 99, sum: 99 });
  const { summary, presence } = await hub.server(identity.serverId);
  expect(summary).toMatchObject({ at: now, load1: 4 });
  expect(presence.is).toBe("online");
});

test("one frame acknowledges many batches of one commit, as ranges", async () => {
  const identity = await hub.join("gathered");
  await using agent = await connectAs(hub.address, identity);
  const at = Date.now();
  for (let seq = 1; seq <= 64; seq++) agent.batch(seq, at + seq, [seq]);
  await agent.acknowledged(64);
  for (let seq = 1; seq <= 64; seq++) expect(agent.isAcknowledged(seq)).toBe(true);
  expect(agent.frames.filter((frame) => frame.t === "ack").length).toBeLessThan(20);
});

test("R5 a server put back to an earlier state loses nothing silently: ready tells what is stored, and used numbers are refused", async () => {
  const identity = await hub.join("rolled-back");
  const at = Date.now();
  {
    await using agent = await connectAs(hub.address, identity);
    for (let seq = 1; seq <= 10; seq++) agent.batch(seq, at + seq, [1]);
    await agent.acknowledged(10);
  }
  {
    await using agent = await ScriptedAgent.open(hub.address);
    const { received } = await agent.authenticate(identity, { lastSeq: 4, spoolHead: 5 });
    expect(received).toEqual([[0, 10]]);
    // New samples under an old number: acknowledging them as stored would lose them.
    agent.batch(5, at + 105, [1]);
    const { code, reason } = await agent.end();
    expect({ code, reason }).toEqual({
      code: 4400,
      reason: "this number was given to another batch before: go on above what ready says",
    });
    expect(agent.isAcknowledged(5)).toBe(false);
  }
  {
    await using agent = await connectAs(hub.address, identity, { lastSeq: 4 });
    // What is still in the restored spool was stored before, and is settled as ever.
    agent.batch(3, at + 3, [1]);
    agent.batch(11, at + 111, [1]);
    await agent.acknowledged(3);
    await agent.acknowledged(11);
  }
  expect(await hub.tally(identity.serverId, "test_0", at - AROUND_MS, at + AROUND_MS)).toEqual({ count: 11, sum: 11 });
  expect(hub.logged("its server was restored to an earlier state").length).toBe(2);
});

test("R5 rounds that a restored server numbered before it reached the hub are stored, and old ones not doubled", async () => {
  const identity = await hub.join("numbered-offline");
  const at = Date.now();
  {
    await using agent = await connectAs(hub.address, identity);
    for (let seq = 1; seq <= 10; seq++) agent.batch(seq, at + seq, [1]);
    await agent.acknowledged(10);
  }
  // Put back to when batch 4 was the last; 3 and 4 lie in its spool still, 5 and 6 were made since.
  await using agent = await ScriptedAgent.open(hub.address);
  const { received } = await agent.authenticate(identity, { lastSeq: 6, spoolHead: 3 });
  expect(received).toEqual([
    [0, 2],
    [7, 10],
  ]);
  for (const seq of [3, 4]) agent.batch(seq, at + seq, [1], { late: true });
  for (const seq of [5, 6]) agent.batch(seq, at + 100 + seq, [1], { late: true });
  agent.batch(11, at + 111, [1]);
  for (const seq of [3, 4, 5, 6, 11]) await agent.acknowledged(seq);
  expect(await hub.tally(identity.serverId, "test_0", at - AROUND_MS, at + AROUND_MS)).toEqual({ count: 13, sum: 13 });
});

test("a flood of batches is slowed down in the sender; every one of them is stored", async () => {
  const identity = await hub.join("flooding");
  await using agent = await connectAs(hub.address, identity);
  const define = Array.from({ length: 200 }, (_, index) => ({ metric: `flood_${index}` }));
  const values = define.map((_, index) => index);
  const at = Date.now();
  const count = 2_000;
  agent.batch(1, at, values, { define });
  for (let seq = 2; seq <= count; seq++) agent.send({ t: "batch", seq, layout: 0, rows: [[at + seq, ...values]] });
  await waitFor(
    () =>
      agent.closed ?? Array.from({ length: count }, (_, index) => index + 1).every((seq) => agent.isAcknowledged(seq)),
    { timeoutMs: 20_000, intervalMs: 100, describe: "all acknowledged" },
  );
  expect(agent.closed).toBeUndefined();
  expect((await hub.tally(identity.serverId, "flood_7", at - AROUND_MS, at + AROUND_MS)).count).toBe(count);
});

test("a session that ends while batches are being stored stores them, once", async () => {
  const identity = await hub.join("cut-off");
  const at = Date.now();
  for (let round = 0; round < 10; round++) {
    const agent = await connectAs(hub.address, identity, { lastSeq: round * 20 });
    for (let seq = round * 20 + 1; seq <= round * 20 + 20; seq++) agent.batch(seq, at + seq, [1]);
    agent.ping();
    await waitFor(() => agent.waitingBytes === 0, { intervalMs: 1, describe: "sent" });
    await agent[Symbol.asyncDispose]();
  }
  await using agent = await ScriptedAgent.open(hub.address);
  const { received } = await agent.authenticate(identity, { lastSeq: 200 });
  const stored = received.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  expect((await hub.tally(identity.serverId, "test_0", at - AROUND_MS, at + AROUND_MS)).count).toBe(stored);
});
