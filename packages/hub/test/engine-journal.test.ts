import { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";
import type { MetricStore } from "../src/metrics/metric-store.ts";

const START = Math.floor(1_800_000_000_000 / DAY_MS) * DAY_MS;
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
const NEVER = new AbortController().signal;

class Bench implements AsyncDisposable {
  readonly clock = new FakeClock(START);
  readonly directory: TemporaryDirectory;
  store: EngineMetricStore;

  private constructor(directory: TemporaryDirectory, store: EngineMetricStore) {
    this.directory = directory;
    this.store = store;
  }

  static async open(): Promise<Bench> {
    const directory = await temporaryDirectory("engine-journal");
    const clock = new FakeClock(START);
    const bench = new Bench(directory, await EngineMetricStore.open(Bench.#config(directory), { clock }));
    await bench.reopen();
    return bench;
  }

  static #config = (directory: TemporaryDirectory) => ({ path: directory.file("metrics.db"), ...LIMITS });

  async reopen(): Promise<void> {
    await this.store.close();
    this.store = await EngineMetricStore.open(Bench.#config(this.directory), { clock: this.clock });
  }

  async put(serverId: string, seq: number, at: number, value = seq): Promise<void> {
    const series = (await this.store.series(serverId, [{ metric: "m", labels: {} }])) as number[];
    const rows = [{ at, values: Float64Array.of(value) }];
    await this.store.append({ serverId, series, rows, receipt: { stream: serverId, seq } });
  }

  async values(serverId: string, untilMs = HOUR_MS): Promise<readonly number[]> {
    const query = queryOf({
      serverIds: [serverId],
      metric: "m",
      match: {},
      range: { from: START, until: START + untilMs },
      stepMs: 1_000,
      step: "last",
      pointsMax: 1e6,
    });
    const [line] = await this.store.query(query, NEVER);
    return [...(line?.values ?? [])].filter((value) => !Number.isNaN(value));
  }

  count(table: "journal" | "frame" | "block" | "receipt"): number {
    const db = new DatabaseSync(this.directory.file("metrics.db"), { readOnly: true });
    try {
      return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
    } finally {
      db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.directory[Symbol.asyncDispose]();
  }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

test("[ST65] small batches lie side by side in the journal, are read from there, and become a block of their server after a while", async () => {
  await using bench = await Bench.open();
  for (const seq of upTo(50)) {
    for (const serverId of ["alpha", "beta"]) await bench.put(serverId, seq, START + seq * 1_000);
  }
  expect([bench.count("journal"), bench.count("block"), bench.count("receipt")]).toEqual([100, 0, 0]);
  for (const serverId of ["alpha", "beta"]) expect(await bench.values(serverId)).toEqual(upTo(50));
  expect(await bench.store.latest("alpha", START)).toMatchObject([{ value: 49 }]);
  expect(await bench.store.receipts("alpha")).toEqual([[0, 49]]);
  await bench.clock.advance(25 * MINUTE_MS);
  await bench.store.seal();
  expect([bench.count("journal"), bench.count("block"), bench.count("receipt")]).toEqual([0, 2, 2]);
  for (const serverId of ["alpha", "beta"]) expect(await bench.values(serverId)).toEqual(upTo(50));
  expect(await bench.store.receipts("alpha")).toEqual([[0, 49]]);
  expect((await bench.store.size()).sampleCount).toBe(100);
});

test("[ST65] [ST16] what is in the journal survives a stop, and is known as stored", async () => {
  await using bench = await Bench.open();
  for (const seq of upTo(5)) await bench.put("alpha", seq, START + seq * 1_000);
  await bench.reopen();
  expect(await bench.values("alpha")).toEqual(upTo(5));
  expect(await bench.store.receipts("alpha")).toEqual([[0, 4]]);
  await bench.put("alpha", 3, START + 9_000);
  await bench.put("alpha", 5, START + 5_000);
  expect(await bench.values("alpha")).toEqual(upTo(6));
  expect(await bench.store.receipts("alpha")).toEqual([[0, 5]]);
});

test("[ST65] [ST11] [ST12] a row that is not the latest finds those of the journal in a block", async () => {
  await using bench = await Bench.open();
  for (const seq of [0, 2, 4]) await bench.put("alpha", seq, START + seq * 1_000);
  await bench.put("alpha", 3, START + 3_000);
  // It lies in a frame of its own until all are sealed together.
  expect([bench.count("journal"), bench.count("block"), bench.count("frame")]).toEqual([3, 1, 1]);
  await bench.put("alpha", 7, START + 4_000, 99);
  await bench.put("alpha", 8, START + 2_000, 99);
  await bench.put("alpha", 5, START + 5_000);
  expect(await bench.values("alpha")).toEqual([0, 2, 3, 4, 5]);
  expect((await bench.store.size()).sampleCount).toBe(5);
  expect(await bench.store.receipts("alpha")).toEqual([
    [0, 0],
    [2, 5],
    [7, 8],
  ]);
  await bench.reopen();
  expect(await bench.values("alpha")).toEqual([0, 2, 3, 4, 5]);
});

test("[ST65] a server that falls silent keeps no other server's batches in the file", async () => {
  await using bench = await Bench.open();
  await bench.put("silent", 0, START);
  for (let minute = 0; minute < 60; minute++) {
    await bench.put("alpha", minute, START + minute * MINUTE_MS);
    await bench.clock.advance(MINUTE_MS);
    await bench.store.seal();
  }
  expect(bench.count("journal")).toBeLessThan(25);
  expect(await bench.values("silent")).toEqual([0]);
  expect(await bench.values("alpha")).toEqual(upTo(60));
});

test("[ST65] [ST22] dropping and deleting reach what is in the journal", async () => {
  await using bench = await Bench.open();
  for (const serverId of ["alpha", "beta"]) {
    for (const seq of upTo(10)) await bench.put(serverId, seq, START + seq * 1_000);
  }
  expect(await bench.store.dropBefore(START + 4_000)).toBe(8);
  expect(await bench.values("alpha")).toEqual([4, 5, 6, 7, 8, 9]);
  await bench.store.deleteServer("alpha");
  expect(await bench.values("alpha")).toEqual([]);
  expect((await bench.store.size()).sampleCount).toBe(6);
  expect(await bench.store.receipts("alpha")).toEqual([]);
  await bench.reopen();
  expect(await bench.values("beta")).toEqual([4, 5, 6, 7, 8, 9]);
  expect(await samplesOf(bench.store, "beta")).toEqual([4, 5, 6, 7, 8, 9]);
});

async function samplesOf(store: MetricStore, serverId: string): Promise<readonly number[]> {
  const values: number[] = [];
  const request = { serverIds: [serverId], match: {}, range: { from: START, until: START + DAY_MS } };
  for await (const chunk of store.samples(request, NEVER)) {
    for (const column of chunk.columns) values.push(...column.values);
  }
  return values;
}
