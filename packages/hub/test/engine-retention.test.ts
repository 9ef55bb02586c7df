import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { exportStore, importStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";

const TODAY = 20_000 * DAY_MS;

test("[ST40] samples of several servers become minutes in one go, whatever their number", async () => {
  await using directory = await temporaryDirectory("engine-retention");
  const clock = new FakeClock(TODAY + 3 * DAY_MS);
  const store = await EngineMetricStore.open({ path: directory.file("metrics.db"), ...LIMITS }, { clock });
  for (const [index, serverId] of ["alpha", "beta", "gamma"].entries()) {
    const series = (await store.series(serverId, [{ metric: "m", labels: {} }])) as number[];
    const rows = Array.from({ length: 7 + index }, (_, minute) => ({
      at: TODAY + minute * MINUTE_MS,
      values: Float64Array.of(minute),
    }));
    await store.append({ serverId, series, rows });
  }
  const outcome = await store.retain({ samplesMs: 3 * DAY_MS - HOUR_MS, minutesMs: 9 * DAY_MS, hoursMs: 9 * DAY_MS });
  expect(outcome.droppedCount).toBe(7 + 8 + 9);
  await store.close();
});

const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
const AGES = { samplesMs: DAY_MS, minutesMs: 9 * DAY_MS, hoursMs: 9 * DAY_MS };

/** Two samples a minute over three hours of today, from one instant to another. */
async function fill(store: EngineMetricStore, from: number, until: number): Promise<number> {
  const series = (await store.series("alpha", [{ metric: "m", labels: {} }])) as number[];
  const rows = Array.from({ length: (until - from) / (MINUTE_MS / 2) }, (_, half) => ({
    at: from + (half * MINUTE_MS) / 2,
    values: Float64Array.of(half),
  }));
  return (await store.append({ serverId: "alpha", series, rows })).storedCount;
}

async function counts(store: EngineMetricStore): Promise<readonly number[]> {
  const range = { from: TODAY, until: TODAY + 4 * HOUR_MS };
  const query = queryOf({
    serverIds: ["alpha"],
    metric: "m",
    match: {},
    range,
    stepMs: HOUR_MS,
    step: "count",
    pointsMax: 99,
  });
  const [line] = await store.query(query, new AbortController().signal);
  return [...(line?.values ?? [])];
}

test("[ST40] a restart does not forget which samples became minutes", async () => {
  await using directory = await temporaryDirectory("engine-retention");
  const clock = new FakeClock(TODAY + 3 * DAY_MS);
  const path = directory.file("metrics.db");
  let store = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  await fill(store, TODAY, TODAY + 2 * HOUR_MS);
  await store.retain(AGES);
  await store.close();
  store = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  expect(await fill(store, TODAY, TODAY + 3 * HOUR_MS)).toBe(0);
  await store.close();
});

test("[ST60] samples that were imported where minutes are become minutes beside them", async () => {
  await using directory = await temporaryDirectory("engine-retention");
  const clock = new FakeClock(TODAY + 3 * DAY_MS);
  const [one, other, file] = [directory.file("one.db"), directory.file("other.db"), directory.file("file")];
  let store = await EngineMetricStore.open({ path: other, ...LIMITS }, { clock });
  await fill(store, TODAY + HOUR_MS, TODAY + 3 * HOUR_MS);
  await store.close();
  exportStore(other, file, { madeBy: "test", now: clock.now() });
  store = await EngineMetricStore.open({ path: one, ...LIMITS }, { clock });
  await fill(store, TODAY, TODAY + 2 * HOUR_MS);
  await store.retain(AGES);
  await store.close();
  importStore(one, file, { now: clock.now() });
  store = await EngineMetricStore.open({ path: one, ...LIMITS }, { clock });
  expect(await counts(store)).toEqual([120, 120, 120, NaN]);
  await store.retain(AGES);
  expect(await counts(store)).toEqual([120, 120, 120, NaN]);
  expect((await store.size()).sampleCount).toBe(0);
  await store.close();
});
