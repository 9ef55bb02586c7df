import { copyFileSync, readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { checkStore, createMetricStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { expectCode, queryOf } from "../src/metrics/metric-store.contract.ts";
import type { FlatQuery } from "../src/metrics/metric-store.contract.ts";
import type { MetricStore } from "../src/metrics/metric-store.ts";

const NOW = 1_800_000_000_000;
const TODAY = Math.floor(NOW / DAY_MS) * DAY_MS;
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
const NEVER = new AbortController().signal;
const PLAIN_FILE = new URL("../../../fixtures/db/metrics-plain-1.db", import.meta.url);

const PLAIN_ANSWERS = new URL("../../../fixtures/db/metrics-plain-1.expected.json", import.meta.url);

/** As it can be written down: columns as lists, a gap as null, and only what the plain store knew to tell. */
/** What answers have since the recording was made. */
const NEW_KEYS = ["resolutionMs", "selection", "seriesCount"];
const asRecorded = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (key, value: unknown) =>
      NEW_KEYS.includes(key) ? undefined : value instanceof Float64Array ? Array.from(value) : value,
    ),
  );

const openEngine = (path: string, clock: FakeClock): Promise<EngineMetricStore> =>
  EngineMetricStore.open({ path, ...LIMITS }, { clock });

const ask = (store: MetricStore, query: Partial<FlatQuery>) =>
  store.query(
    queryOf({
      serverIds: ["alpha", "beta"],
      metric: "m",
      match: {},
      range: { from: TODAY, until: TODAY + DAY_MS },
      stepMs: MINUTE_MS,
      step: "last",
      pointsMax: 1e6,
      ...query,
    }),
    NEVER,
  );

/** One sample a minute; the value follows from the minute. */
async function fill(
  store: MetricStore,
  from: number,
  until: number,
  value: (minute: number) => number,
  serverId = "alpha",
): Promise<void> {
  const series = (await store.series(serverId, [{ metric: "m", labels: {} }])) as number[];
  const rows = Array.from({ length: (until - from) / MINUTE_MS }, (_, minute) => ({
    at: from + minute * MINUTE_MS,
    values: Float64Array.of(value(minute)),
  }));
  await store.append({ serverId, series, rows });
}

const wave = (minute: number): number => Math.round(100 * Math.sin(minute / 30)) / 10;

test("[ST30] the schema of an empty engine file is the golden one", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const path = directory.file("metrics.db");
  await (await openEngine(path, new FakeClock(NOW))).close();
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name")
    .all();
  const pragma = (name: string): string => `PRAGMA ${name} = ${String(db.prepare(`PRAGMA ${name}`).get()?.[name])};`;
  const text = [...rows.map((row) => `${String(row["sql"])};`), pragma("user_version"), pragma("auto_vacuum")].join(
    "\n\n",
  );
  db.close();
  await expect(`${text}\n`).toMatchFileSnapshot("golden/engine-schema.sql");
});

test("[ST31] a file of a newer version is refused and stays as it is", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const path = directory.file("metrics.db");
  await (await openEngine(path, new FakeClock(NOW))).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 1000000");
  db.close();
  const before = readFileSync(path);
  await expectCode(openEngine(path, new FakeClock(NOW)), "DATABASE_NEWER");
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("[ST39] a file of the plain store becomes one of the engine, with every sample and receipt", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(NOW);
  const path = directory.file("metrics.db");
  copyFileSync(PLAIN_FILE, path);
  const range = { from: NOW - 2 * DAY_MS, until: NOW };
  const look = async (store: MetricStore) =>
    asRecorded({
      load: await ask(store, { metric: "load1", range }),
      growth: await ask(store, { metric: "sent_bytes_total", range, stepMs: 10 * MINUTE_MS, step: "rate" }),
      receipts: await store.receipts("agent-alpha"),
      sampleCount: (await store.size()).sampleCount,
      series: await store.seriesOf("beta"),
    });
  // What the plain store, which is gone since, answered of this file.
  const expected: unknown = JSON.parse(readFileSync(PLAIN_ANSWERS, "utf8"));
  expect(expected).toMatchObject({ load: [{ serverId: "alpha" }, { serverId: "beta" }] });
  let store = await openEngine(path, clock);
  expect(await look(store)).toEqual(expected);
  await store.seal();
  expect(await look(store)).toEqual(expected);
  expect((await store.size()).stock?.length).toBeGreaterThan(1);
  await store.close();
  // The next start finds it hollow, and writes it anew so that it can shrink from then on.
  store = await openEngine(path, clock);
  expect(await look(store)).toEqual(expected);
  await store.close();
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
  expect(db.prepare("PRAGMA freelist_count").get()).toEqual({ freelist_count: 0 });
  expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
});

test.each([
  [2, "before minutes and the journal"],
  [3, "before young blocks"],
])("[ST39] a file of version %i, %s, is brought up to date, and answers as it did", async (version) => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(NOW);
  const path = directory.file("metrics.db");
  copyFileSync(new URL(`../../../fixtures/db/metrics-engine-${version}.db`, import.meta.url), path);
  const range = { from: NOW - 2 * DAY_MS, until: NOW };
  const look = async (store: MetricStore) =>
    asRecorded({
      load: await ask(store, { metric: "load1", step: "avg", range, stepMs: 10 * MINUTE_MS }),
      hours: await ask(store, { metric: "load1", step: "avg", range, stepMs: HOUR_MS }),
      growth: await ask(store, { metric: "sent_bytes_total", step: "rate", range, stepMs: HOUR_MS }),
      seldom: await ask(store, { metric: "seldom", step: "count", range, stepMs: HOUR_MS }),
      receipts: await store.receipts("agent-alpha"),
      sampleCount: (await store.size()).sampleCount,
      series: await store.seriesOf("beta"),
    });
  const answers = new URL(`../../../fixtures/db/metrics-engine-${version}.expected.json`, import.meta.url);
  const expected: unknown = JSON.parse(readFileSync(answers, "utf8"));
  let store = await openEngine(path, clock);
  expect(await look(store)).toEqual(expected);
  await store.close();
  store = await openEngine(path, clock);
  expect(await look(store)).toEqual(expected);
  await store.close();
  expect(checkStore(path).findings).toEqual([]);
});

test("[ST36] hours answer with the same numbers as the samples did, and say so", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY);
  const store = await openEngine(directory.file("metrics.db"), clock);
  const memory = await createMetricStore({ kind: "memory", ...LIMITS }, { clock });
  // As it happens in life: hour after hour, sealed as time goes by; the counter begins anew twice a day.
  const counter = (minute: number): number => (minute % 700) * 1_000 + (minute % 7);
  for (let hour = 0; hour < 24; hour++) {
    for (const each of [store, memory]) {
      await fill(each, TODAY + hour * HOUR_MS, TODAY + (hour + 1) * HOUR_MS, (minute) => counter(hour * 60 + minute));
    }
    await clock.advance(HOUR_MS);
    await store.seal();
  }
  await clock.advance(DAY_MS);
  await store.seal();
  for (const step of ["rate", "avg", "min", "max", "last", "sum", "count"] as const) {
    for (const stepMs of [HOUR_MS, 3 * HOUR_MS]) {
      const [expected] = await ask(memory, { stepMs, step });
      const [given] = await ask(store, { stepMs, step });
      expect(given?.resolutionMs).toBe(HOUR_MS);
      expect(given?.values.length).toBe(DAY_MS / stepMs);
      for (const [index, value] of given?.values.entries() ?? []) {
        expect(value, `${step} ${index}`).toBeCloseTo(expected?.values[index] ?? NaN, 6);
      }
    }
  }
  expect((await ask(store, { stepMs: 30 * MINUTE_MS }))[0]?.resolutionMs).toBeUndefined();
  await store.close();
  await memory.close();
});

test("[ST71] small blocks of a day that is over are one, into which late samples still find", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY);
  const path = directory.file("metrics.db");
  const store = await openEngine(path, clock);
  for (let hour = 0; hour < 26; hour++) {
    // Nothing was read for a while, and one hour is to come late.
    if (hour !== 9 && hour !== 15) await fill(store, TODAY + hour * HOUR_MS, TODAY + (hour + 1) * HOUR_MS, wave);
    await clock.advance(HOUR_MS);
    await store.seal();
  }
  await clock.advance(2 * HOUR_MS);
  await store.seal();
  const blocks = (): readonly unknown[] => {
    const db = new DatabaseSync(path, { readOnly: true });
    const rows = db.prepare("SELECT start, until, samples FROM block WHERE resolution = 0 ORDER BY start").all();
    db.close();
    return rows.map(({ start, until, samples }) => [Number(start) - TODAY, Number(until) - TODAY, samples]);
  };
  expect(blocks()).toEqual([
    [0, DAY_MS, 22 * 60],
    [DAY_MS, DAY_MS + 2 * HOUR_MS, 120],
  ]);
  await fill(store, TODAY + 15 * HOUR_MS, TODAY + 16 * HOUR_MS, wave);
  const count = async (): Promise<readonly number[]> => [
    ...((await ask(store, { step: "count", stepMs: HOUR_MS }))[0]?.values ?? []),
  ];
  const expected = Array.from({ length: 24 }, (_, hour) => (hour === 9 ? NaN : 60));
  expect(await count()).toEqual(expected);
  await store.seal();
  expect(await count()).toEqual(expected);
  expect(blocks()[0]).toEqual([0, DAY_MS, 23 * 60]);
  await store.close();
  expect(checkStore(path).findings).toEqual([]);
});

test("[ST37] bands hold the least and the greatest sample of each step, of samples and of hours", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY + 2 * DAY_MS);
  const store = await openEngine(directory.file("metrics.db"), clock);
  await fill(store, TODAY, TODAY + DAY_MS, wave);
  await store.seal();
  for (const stepMs of [30 * MINUTE_MS, 2 * HOUR_MS]) {
    const [banded] = await ask(store, { stepMs, step: "avg", bands: true });
    const [least] = await ask(store, { stepMs, step: "min" });
    const [greatest] = await ask(store, { stepMs, step: "max" });
    expect(banded?.min).toEqual(least?.values);
    expect(banded?.max).toEqual(greatest?.values);
  }
  await store.close();
});

test("[ST40] hours outlive their samples, and a shorter step then shows one point an hour", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY + 3 * DAY_MS);
  const store = await openEngine(directory.file("metrics.db"), clock);
  await fill(store, TODAY, TODAY + 3 * DAY_MS, wave);
  await store.seal();
  const before = await ask(store, { stepMs: HOUR_MS, step: "avg" });
  const outcome = await store.retain({ samplesMs: DAY_MS, minutesMs: DAY_MS, hoursMs: 10 * DAY_MS });
  expect(outcome).toEqual({ droppedCount: 2 * 24 * 60, samplesSince: TODAY + 2 * DAY_MS });
  expect(await ask(store, { stepMs: HOUR_MS, step: "avg" })).toEqual(before);
  const [short] = await ask(store, { stepMs: 20 * MINUTE_MS, step: "avg" });
  expect(short?.resolutionMs).toBe(HOUR_MS);
  expect([...(short?.values ?? [])].flatMap((value, index) => (Number.isNaN(value) ? [] : [index % 3]))).toEqual(
    Array<number>(24).fill(0),
  );
  const [recent] = await ask(store, { range: { from: TODAY + 2 * DAY_MS, until: TODAY + 3 * DAY_MS } });
  expect(recent?.resolutionMs).toBeUndefined();
  await store.retain({ samplesMs: DAY_MS, minutesMs: DAY_MS, hoursMs: 2 * DAY_MS });
  expect(await ask(store, { stepMs: HOUR_MS, step: "avg" })).toEqual([]);
  await store.close();
});

test("[ST40] samples of several servers become minutes in one go", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY + 2 * DAY_MS);
  const store = await openEngine(directory.file("metrics.db"), clock);
  for (const serverId of ["alpha", "beta", "gamma"])
    await fill(store, TODAY + 7 * MINUTE_MS, TODAY + DAY_MS, wave, serverId);
  await store.seal();
  const outcome = await store.retain({ samplesMs: DAY_MS, minutesMs: 10 * DAY_MS, hoursMs: 10 * DAY_MS });
  expect(outcome.droppedCount).toBe(3 * (24 * 60 - 7));
  const lines = await ask(store, { serverIds: ["alpha", "beta", "gamma"], stepMs: MINUTE_MS, step: "avg" });
  expect(lines.map(({ resolutionMs, values }) => [resolutionMs, values.length])).toEqual(
    Array.from({ length: 3 }, () => [MINUTE_MS, 24 * 60]),
  );
  await store.close();
});

test("[ST40] samples go by whole hours, and none is accepted for the hours that lost theirs", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const clock = new FakeClock(TODAY + 2 * DAY_MS);
  const store = await openEngine(directory.file("metrics.db"), clock);
  await fill(store, TODAY, TODAY + DAY_MS, wave);
  await store.seal();
  const retention = { samplesMs: 1.5 * DAY_MS - 30 * MINUTE_MS, minutesMs: 0, hoursMs: 10 * DAY_MS };
  expect(await store.retain(retention)).toMatchObject({ samplesSince: TODAY + 12 * HOUR_MS });
  const [series = NaN] = await store.series("alpha", [{ metric: "m", labels: {} }]);
  const row = { at: TODAY + 11.75 * HOUR_MS + 1, values: Float64Array.of(1) };
  const late = await store.append({ serverId: "alpha", series: [series], rows: [row] });
  expect(late.rejected).toEqual({ "too-old": 1 });
  const [counts] = await ask(store, { stepMs: HOUR_MS, step: "count" });
  expect([...(counts?.values ?? [])].slice(11, 14)).toEqual([60, 60, 60]);
  await store.close();
});

test("[ST41] over the budget the oldest days of samples go, and the file gets smaller", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const path = directory.file("metrics.db");
  const clock = new FakeClock(TODAY + 20 * DAY_MS);
  const store = await openEngine(path, clock);
  // Noise, so that it takes its eight bytes a sample.
  for (let day = 0; day < 20; day++) {
    await fill(store, TODAY + day * DAY_MS, TODAY + (day + 1) * DAY_MS, (minute) => Math.sin(minute + day / 7));
  }
  await store.seal();
  await store.dropBefore(TODAY);
  await store.close();
  const whole = statSync(path).size;
  const again = await openEngine(path, clock);
  const bytesMax = Math.floor(whole * 0.9);
  const { samplesSince, droppedCount } = await again.retain({
    samplesMs: 100 * DAY_MS,
    minutesMs: 100 * DAY_MS,
    hoursMs: 100 * DAY_MS,
    bytesMax,
  });
  expect(samplesSince).toBeGreaterThan(TODAY);
  expect(samplesSince).toBeLessThan(TODAY + 20 * DAY_MS);
  expect(droppedCount).toBe((samplesSince - TODAY) / MINUTE_MS);
  await again.close();
  expect(statSync(path).size).toBeLessThanOrEqual(bytesMax);
});

test("[ST34] of a damaged block nothing is told as true, and the rest is not held up by it", async () => {
  await using directory = await temporaryDirectory("engine-file");
  const path = directory.file("metrics.db");
  const clock = new FakeClock(TODAY + 2 * DAY_MS);
  let store = await openEngine(path, clock);
  await fill(store, TODAY, TODAY + 4 * HOUR_MS, wave);
  await store.seal();
  await store.close();
  const db = new DatabaseSync(path);
  const row = db.prepare("SELECT id, packed FROM block WHERE resolution = 0 ORDER BY start").get();
  const whole = row?.["packed"] as Uint8Array;
  const packed = whole.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
  db.prepare("UPDATE block SET packed = ? WHERE id = ?").run(packed, Number(row?.["id"]));
  db.close();
  store = await openEngine(path, clock);
  await expectCode(ask(store, {}), "DATABASE_DAMAGED");
  const later = { from: TODAY + 2 * HOUR_MS, until: TODAY + 4 * HOUR_MS };
  expect((await ask(store, { range: later, stepMs: DAY_MS, step: "count" }))[0]?.values[0]).toBe(120);
  // A sample that comes late into it is taken, and its sealing moves the damaged block out of the way.
  await fill(store, TODAY, TODAY + MINUTE_MS, () => 7);
  await store.seal();
  const [counts] = await ask(store, { stepMs: 30 * MINUTE_MS, step: "count" });
  expect([...(counts?.values ?? [])].slice(0, 8)).toEqual([1, NaN, NaN, NaN, 30, 30, 30, 30]);
  // What was rolled up before stays known.
  expect((await ask(store, { stepMs: DAY_MS, step: "count" }))[0]).toMatchObject({ resolutionMs: HOUR_MS });
  expect((await store.size()).sampleCount).toBe(121);
  await store.close();
});
