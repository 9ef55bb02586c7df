import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";

const TODAY = 20_000 * DAY_MS;

test("[ST40] samples of several servers become minutes in one go, whatever their number", async () => {
  await using directory = await temporaryDirectory("engine-retention");
  const clock = new FakeClock(TODAY + 3 * DAY_MS);
  const limits = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
  const store = await EngineMetricStore.open({ path: directory.file("metrics.db"), ...limits }, { clock });
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
