import { AGENT_LIMITS } from "@muster/protocol";
import type { StorageView } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REFUSED_SERIES_COUNTED_MAX } from "../src/fleet/refused-series.ts";
import { TestHub } from "./agent-hub.ts";

const SERIES_MAX = 5_000;
let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ argv: ["--series-per-server-max", String(SERIES_MAX)] });
});
afterAll(() => hub[Symbol.asyncDispose]());

const namesFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ metric: "flood", labels: { n: String(first + index) } }));
const gauge = async (name: string): Promise<number> => {
  const text = await (await hub.fetch("/metrics")).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
};

/** Batches of new series, as many and as large as the protocol lets one agent send. */
async function flood(agent: ScriptedAgent, seriesCount: number): Promise<void> {
  const { seriesPerLayoutMax: width, batchesInFlightMax, layoutsPerSessionMax } = AGENT_LIMITS;
  const values = Array.from({ length: width }, () => 1);
  for (let seq = 1; (seq - 1) * width < seriesCount; seq++) {
    agent.batch(seq, Date.now(), values, {
      define: namesFrom((seq - 1) * width, width),
      // A list may be defined anew under its number.
      layout: seq % layoutsPerSessionMax,
    });
    if (seq > batchesInFlightMax) await agent.acknowledged(seq - batchesInFlightMax, 60_000);
  }
  await agent.acknowledged(seriesCount / width, 60_000);
}

test("[AG-20] an agent with a million series keeps as many as it may, and nobody else notices", async () => {
  const [hostile, neighbour] = [await hub.join("hostile"), await hub.join("neighbour")];
  await using good = await connectAs(hub.address, neighbour);
  await using bad = await connectAs(hub.address, hostile);
  const startedAt = Date.now();
  let isFlooding = true;
  const flooding = flood(bad, 1_000_000).finally(() => (isFlooding = false));
  const tookMs: number[] = [];
  let seq = 0;
  while (isFlooding) {
    seq++;
    const sentMs = performance.now();
    good.batch(seq, startedAt + seq, [seq, 2]);
    await good.acknowledged(seq, 30_000);
    tookMs.push(performance.now() - sentMs);
  }
  await flooding;
  tookMs.sort((left, right) => left - right);
  // Generous, because the flood itself is made by this process, and other tests may run beside it.
  expect(tookMs[Math.floor(tookMs.length / 2)]).toBeLessThan(1_500);
  expect(await hub.tally(neighbour.serverId, "test_0", startedAt, startedAt + 600_000)).toEqual({
    count: seq,
    sum: (seq * (seq + 1)) / 2,
  });

  const { body } = await hub.ask<StorageView>("GET", "system/storage");
  expect(body).toMatchObject({ seriesCount: SERIES_MAX + 2, refusedSeriesCount: 1_000_000 - SERIES_MAX });
  expect((await hub.server(hostile.serverId)).refusedSeries).toBe(REFUSED_SERIES_COUNTED_MAX);
  expect((await hub.server(neighbour.serverId)).refusedSeries).toBe(0);
  expect(await gauge("muster_series_refused_total")).toBe(1_000_000 - SERIES_MAX);
  expect(await gauge("muster_storage_series")).toBe(SERIES_MAX + 2);
  expect(hub.logged("some series of a server are not stored")).toHaveLength(1);
}, 120_000);

test("[AG-20] over several lists the refused series are counted once each, and anew with each connection", async () => {
  const identity = await hub.join("several");
  const refused = async (): Promise<number> => (await hub.server(identity.serverId)).refusedSeries;
  {
    await using agent = await connectAs(hub.address, identity);
    const lists = [
      namesFrom(0, 2_000),
      namesFrom(2_000, 2_000),
      namesFrom(4_000, 1_010),
      namesFrom(5_000, 15),
      namesFrom(0, 5),
    ];
    for (const [layout, define] of lists.entries()) {
      agent.batch(
        layout + 1,
        Date.now() + layout,
        define.map(() => 1),
        { define, layout },
      );
      await agent.acknowledged(layout + 1);
    }
    // 5,000 to 5,009 are in two lists.
    expect(await refused()).toBe(15);
  }
  await using agent = await connectAs(hub.address, identity, { lastSeq: 5 });
  agent.batch(6, Date.now() + 10, [1], { define: namesFrom(5_001, 1) });
  await agent.acknowledged(6);
  await waitFor(async () => (await refused()) === 1, { describe: async () => `one refused, not ${await refused()}` });
});
