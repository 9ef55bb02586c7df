// make PATH BYTES: a store of that size. write PATH: appends without end. open PATH: opens it and tells how long it took.
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createMetricStore } from "@muster/hub";

const [task = "", path = "", bytes = "0"] = process.argv.slice(2);
const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const clock = { now: () => NOW, monotonic: () => performance.now(), after: () => ({ cancel: () => undefined }) };
const limits = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 1_000 };
const open = () => createMetricStore({ kind: "engine", path, ...limits }, { clock });
const descriptions = Array.from({ length: 60 }, (_, index) => ({ metric: `m${index}`, labels: {} }));

async function append(serverId: string, at: number, rowCount: number): Promise<void> {
  const store = await stores;
  const series = (await store.series(serverId, descriptions)) as number[];
  const rows = Array.from({ length: rowCount }, (_, row) => ({
    at: at + row * 10_000,
    values: Float64Array.from(series, (_, column) => Math.sin(row * column)),
  }));
  await store.append({ serverId, series, rows });
}

/** Two hours of one server as they came, then the sealed block of it over and over, as one of other hours. */
async function make(): Promise<void> {
  await append("server-0", NOW - 6 * HOUR_MS, 720);
  await (await stores).retain({ samplesMs: 1e12, minutesMs: 1e12, hoursMs: 1e12 });
  await (await stores).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA synchronous = OFF");
  const copy = db.prepare(
    `INSERT INTO block (server, resolution, start, until, samples, packed)
     VALUES (1, 0, ?, ?, 43200, randomblob(340000))`,
  );
  for (let count = 1; statSync(path).size < Number(bytes); count++) {
    const start = NOW - (10 + 2 * count) * HOUR_MS;
    copy.run(start, start + 2 * HOUR_MS);
    if (count % 50 === 0) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  db.close();
}

const startedMs = performance.now();
const stores = open();
switch (task) {
  case "make":
    await make();
    process.stdout.write("{}\n");
    break;
  case "write":
    for (let round = 0; ; round++) await append(`server-${round % 50}`, NOW + round * 60_000, 6);
  case "open": {
    const store = await stores;
    const openedMs = performance.now();
    await store.latest("server-7", 0);
    const latestMs = performance.now() - openedMs;
    process.stdout.write(`${JSON.stringify({ openMs: openedMs - startedMs, latestMs })}\n`);
    await store.close();
  }
}
