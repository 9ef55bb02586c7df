import { DAY_MS, HOUR_MS, MusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Fleet } from "../fleet/fleet.ts";
import { LiveServer } from "../fleet/live-server.ts";
import type { KnownServer } from "../fleet/known-server.ts";
import { Ingest } from "./ingest.ts";
import type { IngestBatch } from "./ingest.ts";
import { createMetricStore } from "./catalog.ts";
import type { AppendResult, Batch, MetricStore } from "./metric-store.ts";

const SERVER = "server-1";

async function bench(replace: Partial<MetricStore> = {}) {
  const clock = new FakeClock();
  const limits = { retentionMs: 30 * DAY_MS, futureSkewMs: 120_000, seriesPerServerMax: 4 };
  const memory = await createMetricStore({ kind: "memory", ...limits }, { clock });
  const appended: Batch[] = [];
  const store = {
    series: memory.series.bind(memory),
    append: (batch: Batch): Promise<AppendResult> => {
      appended.push(batch);
      return memory.append(batch);
    },
    ...replace,
  } as MetricStore;
  const live = new LiveServer({ agent: null } as KnownServer);
  const read: number[] = [];
  const fleet = {
    get: (id: string) => (id === SERVER ? live : undefined),
    tookReadings: (_: string, at: number) => void read.push(at),
    changed: () => undefined,
  } as unknown as Fleet;
  const lines: string[] = [];
  const say = (message: string): void => void lines.push(message);
  const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log };
  const ingest = new Ingest({ store, fleet, clock, log });
  const layout = await ingest.layout(SERVER, [{ metric: "load1" }, { metric: "load5" }]);
  let seq = 0;
  const take = (rows: IngestBatch["rows"], more: Partial<IngestBatch> = {}): Promise<void> =>
    ingest.take({
      serverId: SERVER,
      receipt: { stream: "agent", seq: ++seq },
      layout,
      rows,
      late: false,
      clockOffsetMs: 0,
      ...more,
    });
  return { clock, ingest, live, read, lines, appended, take, now: clock.now() };
}

test("live rows are stored, shown and told; null is not read and stays what it was", async () => {
  const { ingest, live, read, appended, take, now } = await bench();
  await take([[now, 1, 2]]);
  await take([[now + 1, 3, null]]);
  expect(appended.map(({ rows }) => rows.map(({ at, values }) => [at, ...values]))).toEqual([
    [[now, 1, 2]],
    [[now + 1, 3, Number.NaN]],
  ]);
  expect([...live.values()].map(({ metric, value, at }) => [metric, value, at])).toEqual([
    ["load1", 3, now + 1],
    ["load5", 2, now],
  ]);
  expect(read).toEqual([now, now + 1]);
  expect(ingest.counts).toMatchObject({ samples: 3, duplicates: 0, rejected: 0, clamped: 0 });
});

test("a short row lacks its last values, a long one is cut", async () => {
  const { appended, take, now } = await bench();
  await take([[now], [now + 1, 1, 2, 3, 4]]);
  expect(appended[0]!.rows.map(({ values }) => [...values])).toEqual([
    [Number.NaN, Number.NaN],
    [1, 2],
  ]);
});

test("late rows make history only", async () => {
  const { ingest, live, read, take, now } = await bench();
  await take([[now - HOUR_MS, 9, 9]], { late: true });
  expect(ingest.counts.samples).toBe(2);
  expect([...live.values()]).toEqual([]);
  expect(read).toEqual([]);
});

test("a batch that was stored before is counted and shown no second time", async () => {
  const { ingest, read, take, now } = await bench();
  const receipt = { stream: "agent", seq: 100 };
  await take([[now, 1, 1]], { receipt });
  await take([[now + 5, 1, 1]], { receipt });
  expect(ingest.counts).toMatchObject({ samples: 2, duplicates: 1 });
  expect(read).toEqual([now]);
});

test.for([
  ["a minute and a bit ahead", 60_001],
  ["ten years ahead", 3_650 * DAY_MS],
  ["a minute and a bit behind", -60_001],
  ["ten years behind", -3_650 * DAY_MS],
] as const)("AG-19 a live row %s is put at the hub's time, counted and warned of once", async ([, offMs]) => {
  const { ingest, appended, lines, take, now } = await bench();
  await take([[now + offMs, 1, 1]]);
  await take([[now + offMs, 1, 1]]);
  expect(appended.flatMap(({ rows }) => rows.map(({ at }) => at))).toEqual([now, now]);
  expect(ingest.counts.clamped).toBe(2);
  expect(lines.filter((line) => line.includes("wrong time"))).toHaveLength(1);
});

test("a live row within a minute keeps its time; a measured offset of five seconds and more is taken off, also from late ones", async () => {
  const { ingest, appended, take, now } = await bench();
  await take([[now + 60_000, 1, 1]]);
  await take([[now - 60_000, 1, 1]]);
  await take([[now + 4_000, 1, 1]], { clockOffsetMs: 5_000 });
  await take([[now + HOUR_MS, 1, 1]], { clockOffsetMs: HOUR_MS });
  await take([[now, 1, 1]], { clockOffsetMs: HOUR_MS, late: true });
  await take([[Number.MIN_SAFE_INTEGER, 1, 1]], { clockOffsetMs: HOUR_MS, late: true });
  expect(appended.flatMap(({ rows }) => rows.map(({ at }) => at))).toEqual([
    now + 60_000,
    now - 60_000,
    now + 4_000,
    now,
    now - HOUR_MS,
    Number.MIN_SAFE_INTEGER,
  ]);
  expect(ingest.counts).toMatchObject({ clamped: 0, rejected: 2 });
});

test("AG-20 series with bad names, or beyond the limit, are left out of a layout and counted", async () => {
  const { ingest } = await bench();
  const layout = await ingest.layout(SERVER, [
    { metric: "Bad-Name" },
    { metric: "load1" },
    { metric: "ok", labels: { "bad label": "x" } },
    { metric: "new1" },
    { metric: "new2" },
    { metric: "beyond" },
  ]);
  expect(layout.columns).toEqual([2, 4, 5]);
  expect(layout).toMatchObject({ refusedCount: 3 });
  expect(ingest.counts.refusedSeries).toBe(3);
});

test.for([
  ["STORAGE_FULL", "full"],
  ["STORAGE_FAILED", "failed"],
] as const)("%s is the state of the storage until something is stored again, whoever met it", async ([code, state]) => {
  let isBroken = false;
  const fails = (): void => {
    if (isBroken) throw new MusterError(code);
  };
  const { ingest, lines, take, now, clock } = await bench({
    series: async (_, wanted) => (fails(), wanted.map((__, index) => index + 1)),
    append: async () => (fails(), { alreadyStored: false, storedCount: 2, rejected: {} }),
  });
  expect(ingest.storage).toBe("working");
  isBroken = true;
  await expect(ingest.layout(SERVER, [{ metric: "load1" }])).rejects.toThrow(MusterError);
  expect(ingest.storage).toBe(state);
  await expect(take([[now, 1, 1]])).rejects.toThrow(MusterError);
  expect(lines.filter((line) => line.includes("cannot be stored"))).toHaveLength(1);
  isBroken = false;
  // One that still fits is no recovery; one that is stored after a quiet while is.
  await take([[now, 1, 1]]);
  expect(ingest.storage).toBe(state);
  await clock.advance(3_000);
  await take([[now, 1, 1]]);
  expect(ingest.storage).toBe("working");
  expect(lines.at(-1)).toBe("samples are stored again");
});

test("RATE_LIMITED says nothing about the disk", async () => {
  const { ingest, take, now } = await bench({
    append: () => Promise.reject(new MusterError("RATE_LIMITED")),
  });
  await expect(take([[now, 1, 1]])).rejects.toThrow(MusterError);
  expect(ingest.storage).toBe("working");
});
