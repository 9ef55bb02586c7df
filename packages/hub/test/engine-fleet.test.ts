import { DatabaseSync } from "node:sqlite";
import { COMBINE_FUNCTIONS, DAY_MS, HOUR_MS, MINUTE_MS, STEP_FUNCTIONS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import type { MetricStore, Query, QueryLine } from "../src/metrics/metric-store.ts";

const START = Math.floor(1_800_000_000_000 / DAY_MS) * DAY_MS;
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
const NEVER = new AbortController().signal;
const SERVERS = ["a", "b", "c", "d"];
/** Fewer servers are no fleet. */
const FLEET_MIN = 50;

/** Servers that are known and have nothing, so that there are enough. */
async function addSilent(store: MetricStore, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => store.series(`silent${index}`, [])));
}

test("[ST70] hours of the whole fleet lie side by side, and answer as those of each server", async () => {
  await using directory = await temporaryDirectory("engine-fleet");
  const path = directory.file("metrics.db");
  const clock = new FakeClock(START);
  const engine = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  const memory = await createMetricStore({ kind: "memory", ...LIMITS }, { clock });
  for (const store of [engine, memory]) await addSilent(store, FLEET_MIN);
  const fill = async (serverId: string, from: number, until: number): Promise<void> => {
    const rows = Array.from({ length: (until - from) / MINUTE_MS / 5 }, (_, index) => {
      const at = from + index * 5 * MINUTE_MS;
      const minute = (at - START) / MINUTE_MS;
      const shift = SERVERS.indexOf(serverId);
      return { at, values: Float64Array.of(Math.sin(minute / 90 + shift), 10 * shift, minute * (shift + 1)) };
    });
    for (const store of [engine, memory]) {
      const series = await seriesOf(store, serverId);
      await store.append({ serverId, series, rows });
    }
  };
  const marks = (): number => {
    const db = new DatabaseSync(path, { readOnly: true });
    const count = Number(db.prepare("SELECT count(*) AS n FROM fleet_stretch").get()?.["n"]);
    db.close();
    return count;
  };
  const expectSame = async (): Promise<void> => {
    for (const step of STEP_FUNCTIONS) {
      for (const stepMs of [HOUR_MS, 3 * HOUR_MS]) {
        for (const combine of COMBINE_FUNCTIONS) await expectEqual(engine, memory, queryOf(step, stepMs, combine));
      }
    }
    await expectEqual(engine, memory, { ...queryOf("avg", HOUR_MS, "max"), top: 1 });
    await expectEqual(engine, memory, { ...queryOf("avg", 2 * HOUR_MS, "avg"), serverIds: ["a", "c"] });
  };

  // One of them has nothing for a while.
  for (const serverId of SERVERS.slice(0, 3)) await fill(serverId, START, START + DAY_MS);
  await fill("d", START, START + 5 * HOUR_MS);
  await clock.advance(DAY_MS + HOUR_MS);
  await engine.seal();
  expect(marks()).toBeGreaterThan(30);
  await expectSame();
  // What comes late is in the answer at once, and in the hours of the fleet once they are gathered anew.
  const before = marks();
  await fill("d", START + 7 * HOUR_MS, START + 9 * HOUR_MS);
  expect(marks()).toBe(before - 2);
  await expectSame();
  await engine.seal();
  expect(marks()).toBe(before);
  await expectSame();
  // Few rows wait in the journal, and are in the hours of the fleet all the same.
  await fill("d", START + 10 * HOUR_MS, START + 10 * HOUR_MS + 15 * MINUTE_MS);
  await expectSame();
  await engine.seal();
  expect(marks()).toBe(before);
  await expectSame();
  for (const store of [engine, memory]) await store.deleteServer("b");
  await expectSame();
  // A name that is used again begins anew.
  await fill("b", START + 20 * HOUR_MS, START + 23 * HOUR_MS);
  await expectSame();
  await engine.dropBefore(START + 6 * HOUR_MS);
  await memory.dropBefore(START + 6 * HOUR_MS);
  await expectSame();
  await engine.close();
  await memory.close();
});

const METRICS = ["wave", "flat", "steps_total"];

test("[ST70] of few servers nothing is kept side by side", async () => {
  await using directory = await temporaryDirectory("engine-fleet");
  const path = directory.file("metrics.db");
  const clock = new FakeClock(START);
  const store = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  await addSilent(store, FLEET_MIN - 1);
  const gathered = async (): Promise<unknown> => {
    await store.seal();
    const db = new DatabaseSync(path, { readOnly: true });
    const row = db.prepare("SELECT count(*) AS stretches FROM fleet_stretch").get();
    db.close();
    return row?.["stretches"];
  };
  expect(await gathered()).toBe(0);
  await addSilent(store, FLEET_MIN);
  expect(await gathered()).toBeGreaterThan(30);
  await store.close();
});

async function seriesOf(store: MetricStore, serverId: string): Promise<number[]> {
  const descriptions = METRICS.map((metric) => ({ metric, labels: metric === "wave" ? { core: "0" } : {} }));
  return (await store.series(serverId, descriptions)) as number[];
}

const queryOf = (
  step: (typeof STEP_FUNCTIONS)[number],
  stepMs: number,
  combine: (typeof COMBINE_FUNCTIONS)[number],
): Query => ({
  serverIds: SERVERS,
  select: [
    { metric: "wave", match: { core: "0" }, step: step === "rate" ? "avg" : step },
    { metric: "steps_total", match: {}, step: step === "count" ? "count" : "rate" },
    { metric: "flat", match: { core: "none" }, step: step === "rate" ? "max" : step },
  ],
  range: { from: START, until: START + DAY_MS + HOUR_MS },
  stepMs,
  bands: true,
  pointsMax: 1e6,
  combine: {
    groups: [
      { name: "all", serverIds: SERVERS },
      { name: "some", serverIds: ["d", "a"] },
      { name: "none", serverIds: [] },
    ],
    function: combine,
  },
});

async function expectEqual(engine: MetricStore, memory: MetricStore, query: Query): Promise<void> {
  const [given, expected] = [await engine.query(query, NEVER), await memory.query(query, NEVER)];
  const heads = (lines: readonly QueryLine[]) =>
    lines.map(({ selection, group, seriesCount }) => [selection, group, seriesCount]);
  expect(heads(given)).toEqual(heads(expected));
  for (const [index, line] of expected.entries()) {
    for (const column of ["values", "min", "max"] as const) {
      const own = given[index]?.[column]?.map((value, at) => {
        const wanted = line[column]?.[at] ?? NaN;
        return Math.abs(value - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)) ? wanted : value;
      });
      expect(own, `${JSON.stringify(query)} ${line.group} ${column}`).toEqual(line[column]);
    }
  }
}
