import { readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { expectCode, queryOf } from "../src/metrics/metric-store.contract.ts";
import type { MetricStore } from "../src/metrics/metric-store.ts";
import { openForReading } from "../src/metrics/engine/open-database.ts";
import { Reader } from "../src/metrics/engine/reader.ts";

const clock = new FakeClock();
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e9, seriesPerServerMax: 10 };
const NEVER = new AbortController().signal;
const openStore = (path: string, workerUrl?: URL): Promise<MetricStore> =>
  createMetricStore({ kind: "engine", path, ...LIMITS, ...(workerUrl !== undefined && { workerUrl }) }, { clock });

async function storeOneSample(store: MetricStore, seq: number): Promise<void> {
  const series = (await store.series("alpha", [{ metric: "m", labels: {} }])) as number[];
  const rows = [{ at: clock.now() + seq, values: Float64Array.of(seq) }];
  await store.append({ serverId: "alpha", receipt: { stream: "s", seq }, series, rows });
}

async function madeFile(directory: TemporaryDirectory): Promise<string> {
  const path = directory.file("metrics.db");
  const store = await openStore(path);
  await storeOneSample(store, 1);
  await store.close();
  return path;
}

test("[ST29] only the owner reads the files, whatever they were before", async () => {
  await using directory = await temporaryDirectory();
  const path = directory.file("metrics.db");
  writeFileSync(path, "", { mode: 0o644 });
  const store = await openStore(path);
  await storeOneSample(store, 1);
  for (const end of ["", "-wal", "-shm"]) expect(statSync(path + end).mode & 0o777, end).toBe(0o600);
  await store.close();
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined();
});

test("[ST31] a file of a newer version is refused and stays as it is", async () => {
  await using directory = await temporaryDirectory();
  const path = await madeFile(directory);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 1000000");
  db.close();
  const before = readFileSync(path);
  await expectCode(openStore(path), "DATABASE_NEWER");
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("[ST31] a database of something else, and what is no database, are refused and stay as they are", async () => {
  await using directory = await temporaryDirectory();
  const foreign = directory.file("foreign.db");
  const db = new DatabaseSync(foreign);
  db.exec("CREATE TABLE theirs (id INTEGER)");
  db.close();
  const noise = directory.file("noise.db");
  writeFileSync(noise, "this is not a database, and long enough to look like one".repeat(100));
  for (const path of [foreign, noise]) {
    const before = readFileSync(path);
    await expectCode(openStore(path), "DATABASE_DAMAGED");
    expect(readFileSync(path).equals(before)).toBe(true);
  }
});

test("[ST31] a place where no file can be made is STORAGE_FAILED", async () => {
  await using directory = await temporaryDirectory();
  await expectCode(openStore(directory.file("missing", "metrics.db")), "STORAGE_FAILED");
});

test("[ST21] a deletion that a stop cut short goes on at the next start", async () => {
  await using directory = await temporaryDirectory();
  const path = directory.file("metrics.db");
  const before = await openStore(path);
  // An older sample than the first one makes frames of both, as hiding the server does.
  await storeOneSample(before, 2);
  await storeOneSample(before, 1);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec("UPDATE server SET name = NULL; DELETE FROM layout; DELETE FROM series; DELETE FROM receipt");
  db.close();
  const store = await openStore(path);
  await waitFor(async () => (await store.size()).sampleCount === 0, { describe: "the leftover samples are gone" });
  await store.close();
  const after = new DatabaseSync(path);
  expect(after.prepare("SELECT (SELECT count(*) FROM server) + (SELECT count(*) FROM frame) AS rows").get()).toEqual({
    rows: 0,
  });
  after.close();
});

test("[ST22] [ST21] more than one slice is dropped and deleted whole", async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.file("metrics.db"));
  for (const serverId of ["alpha", "beta"]) {
    const series = (await store.series(serverId, [{ metric: "m", labels: {} }])) as number[];
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      at: clock.now() + index,
      values: Float64Array.of(index),
    }));
    await store.append({ serverId, series, rows });
  }
  expect(await store.dropBefore(clock.now() + 4_500)).toBe(9_000);
  expect((await store.size()).sampleCount).toBe(1_000);
  await store.deleteServer("alpha");
  expect((await store.size()).sampleCount).toBe(500);
  await store.close();
});

test("[ST10] a query given up while it runs ends soon, and others are answered", async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.file("metrics.db"));
  const series = (await store.series("alpha", [{ metric: "m", labels: {} }])) as number[];
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    at: clock.now() + index,
    values: Float64Array.of(index),
  }));
  await store.append({ serverId: "alpha", series, rows });
  const range = { from: 0, until: Number.MAX_SAFE_INTEGER };
  const query = {
    serverIds: ["alpha"],
    metric: "m",
    match: {},
    range,
    stepMs: range.until,
    step: "sum",
    pointsMax: 1,
  } as const;
  const controller = new AbortController();
  const given = store.query(queryOf(query), controller.signal);
  const other = store.query(queryOf(query), NEVER);
  const reason = new Error("nobody looks any more");
  controller.abort(reason);
  await expect(given).rejects.toBe(reason);
  expect((await other)[0]?.values[0]).toBe((2_999 * 3_000) / 2);
  await store.close();
});

test("[ST15] an id that was unknown is stored once it is known", async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.file("metrics.db"));
  const [first = NaN] = await store.series("alpha", [{ metric: "m", labels: {} }]);
  const next = first + 1;
  const send = (at: number) =>
    store.append({
      serverId: "alpha",
      series: [first, next],
      rows: [{ at: clock.now() + at, values: Float64Array.of(1, 2) }],
    });
  for (const at of [1, 2]) expect(await send(at)).toMatchObject({ storedCount: 1, rejected: { "unknown-series": 1 } });
  expect(await store.series("alpha", [{ metric: "n", labels: {} }])).toEqual([next]);
  expect(await send(3)).toMatchObject({ storedCount: 2 });
  await store.close();
});

test("[ST10] the reading thread leaves a scan that nobody waits for", async () => {
  await using directory = await temporaryDirectory();
  const path = await madeFile(directory);
  const db = openForReading(path);
  const reader = new Reader(db, path);
  const range = { from: 0, until: Number.MAX_SAFE_INTEGER };
  const query = {
    serverIds: ["alpha"],
    metric: "m",
    match: {},
    range,
    stepMs: range.until,
    step: "sum",
    pointsMax: 1,
  } as const;
  expect(reader.run({ kind: "query", query: queryOf(query) }, Int32Array.of(1))).toMatchObject({ is: "failed" });
  expect(reader.run({ kind: "query", query: queryOf(query) }, Int32Array.of(0))).toMatchObject({
    is: "done",
    answer: [{ metric: "m" }],
  });
  db.close();
});

test("[ST28] when a thread is gone, all is refused and the store says it is not healthy", async () => {
  await using directory = await temporaryDirectory();
  const program = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ is }) => {
      if (is !== "open") process.exit(1);
      parentPort.postMessage({ is: "done", answer: { hiddenServers: [] } });
    });`;
  const store = await openStore(
    directory.file("metrics.db"),
    new URL(`data:text/javascript,${encodeURIComponent(program)}`),
  );
  expect(store.healthy?.()).toBe(true);
  await expectCode(store.receipts("s"), "STORAGE_FAILED");
  await expectCode(store.receipts("s"), "STORAGE_FAILED");
  await expectCode(store.size(), "STORAGE_FAILED");
  expect(store.healthy?.()).toBe(false);
  await store.close();
});
