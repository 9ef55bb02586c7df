import { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, MINUTE_MS, STEP_FUNCTIONS } from "@muster/core";
import type { StepFunction } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";
import type { FlatQuery } from "../src/metrics/metric-store.contract.ts";
import type { MetricStore, QueryLine, SeriesId } from "../src/metrics/metric-store.ts";

const START = Math.floor(1_800_000_000_000 / (32 * DAY_MS)) * 32 * DAY_MS;
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
const NEVER = new AbortController().signal;
const METRICS = ["wave", "steps_total"] as const;

/** The engine, and beside it a store that keeps every sample. */
class Pair implements AsyncDisposable {
  readonly clock = new FakeClock(START);
  readonly engine: EngineMetricStore;
  readonly memory: MetricStore;
  readonly path: string;
  readonly #directory: TemporaryDirectory;

  private constructor(directory: TemporaryDirectory, clock: FakeClock, engine: EngineMetricStore, memory: MetricStore) {
    this.#directory = directory;
    this.path = directory.file("metrics.db");
    this.clock = clock;
    this.engine = engine;
    this.memory = memory;
  }

  static async open(): Promise<Pair> {
    const directory = await temporaryDirectory("engine-tiers");
    const clock = new FakeClock(START);
    const engine = await EngineMetricStore.open({ path: directory.file("metrics.db"), ...LIMITS }, { clock });
    const memory = await createMetricStore({ kind: "memory", ...LIMITS }, { clock });
    return new Pair(directory, clock, engine, memory);
  }

  /** A gauge and a counter that begins anew now and then, from one instant to another. */
  async fill(from: number, until: number, stepMs: number): Promise<void> {
    const rows = Array.from({ length: Math.floor((until - from) / stepMs) }, (_, index) => {
      const at = from + index * stepMs;
      const tick = (at - START) / 1_000;
      return { at, values: Float64Array.of(100 * Math.sin(tick / 700), tick % 40_000) };
    });
    for (const store of [this.engine, this.memory]) {
      const series = (await store.series(
        "alpha",
        METRICS.map((metric) => ({ metric, labels: {} })),
      )) as readonly SeriesId[];
      for (let first = 0; first < rows.length; first += 5_000) {
        await store.append({ serverId: "alpha", series, rows: rows.slice(first, first + 5_000) });
      }
    }
    await this.clock.advance(Math.max(0, until - this.clock.now()));
    await this.engine.seal();
  }

  ask(store: MetricStore, query: Partial<FlatQuery>): Promise<readonly QueryLine[]> {
    const range = { from: START, until: START + DAY_MS };
    const whole = { serverIds: ["alpha"], metric: "wave", match: {}, range, stepMs: HOUR_MS, pointsMax: 1e6 } as const;
    return store.query(queryOf({ ...whole, step: "avg", ...query }), NEVER);
  }

  /** Both give the same points, but for the last digits of sums. */
  async expectEqual(query: Partial<FlatQuery>): Promise<QueryLine | undefined> {
    const [[given], [expected]] = [await this.ask(this.engine, query), await this.ask(this.memory, query)];
    expect(given?.values.length, JSON.stringify(query)).toBe(expected?.values.length);
    for (const [index, value] of expected?.values.entries() ?? []) {
      const own = given?.values[index] ?? NaN;
      expect(Math.abs(own - value) < 1e-6 ? value : own, `${JSON.stringify(query)} ${index}`).toBe(value);
    }
    return given;
  }

  /** How many blocks of a resolution the file has. */
  blockCount(resolutionMs: number): number {
    const db = new DatabaseSync(this.path, { readOnly: true });
    try {
      return Number(db.prepare("SELECT count(*) AS n FROM block WHERE resolution = ?").get(resolutionMs)?.["n"]);
    } finally {
      db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close();
    await this.memory.close();
    await this.#directory[Symbol.asyncDispose]();
  }
}

const FOLDS: readonly StepFunction[] = STEP_FUNCTIONS.filter((step) => step !== "rate" && step !== "quantile");
/** Of a gauge minutes do not know which value was the last. */
const MINUTE_FOLDS = FOLDS.filter((step) => step !== "last");

test("[ST60] samples at the end of their time become minutes, which answer as they did and say so", async () => {
  await using pair = await Pair.open();
  await pair.fill(START, START + DAY_MS + HOUR_MS, 10_000);
  await pair.clock.advance(DAY_MS);
  await pair.engine.seal();
  const outcome = await pair.engine.retain({ samplesMs: DAY_MS, minutesMs: 9 * DAY_MS, hoursMs: 90 * DAY_MS });
  expect(outcome).toEqual({ droppedCount: 2 * 25 * 360, samplesSince: START + DAY_MS + HOUR_MS });
  expect((await pair.engine.size()).sampleCount).toBe(0);
  for (const stepMs of [MINUTE_MS, 20 * MINUTE_MS]) {
    for (const step of MINUTE_FOLDS) expect((await pair.expectEqual({ step, stepMs }))?.resolutionMs).toBe(MINUTE_MS);
    for (const step of ["rate", "count", "last"] as const)
      await pair.expectEqual({ step, metric: "steps_total", stepMs });
  }
  for (const step of FOLDS) expect((await pair.expectEqual({ step }))?.resolutionMs).toBe(HOUR_MS);
  // Finer than what is left: one point a minute, in the step in which the minute begins.
  const range = { from: START, until: START + HOUR_MS };
  const [fine] = await pair.ask(pair.engine, { range, stepMs: 20_000 });
  expect([...(fine?.values ?? [])].flatMap((value, index) => (Number.isNaN(value) ? [] : [index % 3]))).toEqual(
    Array<number>(60).fill(0),
  );
});

test("[ST61] one query reads hours, minutes and samples, each for its part of the time", async () => {
  await using pair = await Pair.open();
  await pair.fill(START, START + 4 * DAY_MS, 30_000);
  await pair.engine.retain({ samplesMs: DAY_MS, minutesMs: 2 * DAY_MS, hoursMs: 90 * DAY_MS });
  const range = { from: START, until: START + 4 * DAY_MS };
  for (const step of FOLDS) await pair.expectEqual({ step, range });
  await pair.expectEqual({ step: "rate", metric: "steps_total", range });
  const recent = { from: START + 3 * DAY_MS, until: START + 4 * DAY_MS };
  expect((await pair.expectEqual({ range: recent, stepMs: MINUTE_MS / 2 }))?.resolutionMs).toBeUndefined();
  const before = { from: START + 2 * DAY_MS, until: START + 3 * DAY_MS };
  expect((await pair.expectEqual({ range: before, stepMs: 5 * MINUTE_MS }))?.resolutionMs).toBe(MINUTE_MS);
  // Where only hours are left, a short step has one point an hour.
  const [oldest] = await pair.ask(pair.engine, { stepMs: 30 * MINUTE_MS, step: "count" });
  expect([...(oldest?.values ?? [])].map((value) => (Number.isNaN(value) ? 0 : value)).slice(0, 4)).toEqual([
    120, 0, 120, 0,
  ]);
  expect(oldest?.resolutionMs).toBe(HOUR_MS);
});

test("[ST61] retaining again, with other ages, neither doubles nor loses a minute", async () => {
  await using pair = await Pair.open();
  await pair.fill(START, START + 3 * DAY_MS, 60_000);
  for (let age = 60; age >= 0; age -= 7) {
    await pair.engine.retain({ samplesMs: age * HOUR_MS, minutesMs: 9 * DAY_MS, hoursMs: 90 * DAY_MS });
    await pair.expectEqual({ step: "count", range: { from: START, until: START + 3 * DAY_MS }, stepMs: MINUTE_MS });
  }
});

test(
  "[ST62] hours of old days are put together by series, and late ones still count",
  { timeout: 60_000 },
  async () => {
    await using pair = await Pair.open();
    for (let day = 0; day < 40; day++) {
      await pair.fill(START + day * DAY_MS, START + (day + 1) * DAY_MS, 10 * MINUTE_MS);
    }
    expect(pair.blockCount(HOUR_MS)).toBeLessThan(20);
    const range = { from: START, until: START + 40 * DAY_MS };
    const look = async (): Promise<void> => {
      for (const step of FOLDS) {
        const line = await pair.expectEqual({ step, range, stepMs: DAY_MS });
        expect(line?.resolutionMs).toBe(HOUR_MS);
      }
    };
    const lookAtGrowth = () => pair.expectEqual({ step: "rate", metric: "steps_total", range, stepMs: 6 * HOUR_MS });
    await look();
    await lookAtGrowth();
    const { stock = [] } = await pair.engine.size();
    const hours = stock.filter(({ resolutionMs }) => resolutionMs === HOUR_MS);
    expect(hours.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe((40 * 24 - 2) * 2);
    // A sample for the fifth day opens it again.
    const late = START + 5 * DAY_MS + HOUR_MS + 300_000;
    await pair.fill(late, late + 2_000, 1_000);
    await look();
    // How it grew between its neighbours is known once it is sealed.
    await pair.clock.advance(DAY_MS);
    await pair.engine.seal();
    await look();
    await lookAtGrowth();
    await pair.engine.dropBefore(START + 33 * DAY_MS);
    await pair.memory.dropBefore(START + 33 * DAY_MS);
    await look();
    await pair.engine.deleteServer("alpha");
    const db = new DatabaseSync(pair.path, { readOnly: true });
    expect(db.prepare("SELECT count(*) AS n FROM series_hours").get()).toEqual({ n: 0 });
    db.close();
    expect((await pair.engine.size()).stock).toEqual([]);
  },
);

test("[ST63] a quantile is one of the samples as long as they are there, then of the means of minutes", async () => {
  await using pair = await Pair.open();
  await pair.fill(START, START + DAY_MS, 10_000);
  await pair.clock.advance(DAY_MS);
  await pair.engine.seal();
  for (const quantile of [0, 0.5, 0.95, 1]) {
    const line = await pair.expectEqual({ step: "quantile", quantile });
    expect(line?.resolutionMs).toBeUndefined();
  }
  await pair.engine.retain({ samplesMs: 0, minutesMs: 9 * DAY_MS, hoursMs: 90 * DAY_MS });
  const [median] = await pair.ask(pair.engine, { step: "quantile" });
  const [exact] = await pair.ask(pair.memory, { step: "quantile" });
  expect(median?.resolutionMs).toBe(MINUTE_MS);
  for (const [index, value] of exact?.values.entries() ?? []) expect(median?.values[index]).toBeCloseTo(value, -1);
});

test("[ST64] over the budget samples go first, then minutes that reach back three times as far", async () => {
  await using pair = await Pair.open();
  await pair.fill(START, START + 12 * DAY_MS, 10_000);
  const before = (await pair.engine.size()).stock ?? [];
  const whole = before.reduce((sum, { bytes }) => sum + bytes, 0);
  const ages = { samplesMs: 90 * DAY_MS, minutesMs: 90 * DAY_MS, hoursMs: 90 * DAY_MS };
  const { samplesSince } = await pair.engine.retain({ ...ages, bytesMax: Math.round(whole * 0.6) });
  expect(samplesSince).toBeGreaterThan(START + DAY_MS);
  const { stock = [] } = await pair.engine.size();
  const first = (resolution: number): number => stock.find(({ resolutionMs }) => resolutionMs === resolution)?.day ?? 0;
  expect(first(0)).toBe(samplesSince);
  expect(first(MINUTE_MS)).toBeLessThan(samplesSince);
  expect(first(HOUR_MS)).toBe(START);
  for (const step of FOLDS) await pair.expectEqual({ step, range: { from: START, until: START + 12 * DAY_MS } });
});
