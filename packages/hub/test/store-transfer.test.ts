import { readFileSync, writeFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Random, StepFunction } from "@muster/core";
import { FakeClock, seededRandom, temporaryDirectory } from "@muster/testkit";
import { expect, onTestFailed, test } from "vitest";
import { checkStore, exportStore, importStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { CLOSED_MS } from "../src/metrics/engine/schema.ts";
import { expectCode } from "../src/metrics/metric-store.contract.ts";
import { expectSound, look } from "./crash-judge.ts";
import type { OpenedFile } from "./opened-file.ts";

const BEGIN = 550 * CLOSED_MS;
const NOW = BEGIN + 40 * DAY_MS + 17 * MINUTE_MS;
const LIMITS = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 100 };
const SERVERS = ["alpha", "beta", "gamma"];
const METRICS = ["busy_ratio", "sent_bytes_total", "free_bytes"];
/** Sums of the same numbers in another order differ in their last digits, and growth is known once late ones are sealed. */
const EXACT: readonly StepFunction[] = ["min", "max", "last", "count"];
const ALL: readonly StepFunction[] = [...EXACT, "avg", "sum", "rate"];
const OPTIONS = { madeBy: "test", now: NOW };

/** Samples of many shapes and ages, some sealed, some waiting, some minutes or hours only. */
async function randomStore(path: string, random: Random, isLateSealed = false): Promise<void> {
  const clock = new FakeClock(BEGIN);
  const store = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  const totals = new Map<string, number>();
  const put = async (serverId: string, seq: number, from: number): Promise<void> => {
    const labels = random() < 0.3 ? { disk: `d${Math.floor(random() * 2)}` } : {};
    const series = (await store.series(
      serverId,
      METRICS.map((metric) => ({ metric, labels })),
    )) as number[];
    const stepMs = random() < 0.2 ? 1_000 : 20_000;
    const rows = Array.from({ length: 30 + Math.floor(random() * 60) }, (_, index) => {
      const total = (random() < 0.02 ? 0 : (totals.get(serverId) ?? 0)) + Math.floor(random() * 5_000);
      totals.set(serverId, total);
      const busy = random() < 0.1 ? NaN : random() < 0.5 ? random() : Math.round(random() * 100) / 100;
      return {
        at: from + index * stepMs,
        values: Float64Array.of(busy, total, random() < 0.01 ? -0 : 2 ** 40 * random()),
      };
    });
    await store.append({ serverId, receipt: { stream: `agent-${serverId}`, seq }, series, rows });
  };
  let seq = 0;
  for (const at of [
    0,
    2 * HOUR_MS,
    5 * HOUR_MS,
    DAY_MS,
    DAY_MS + 50 * MINUTE_MS,
    20 * DAY_MS,
    39 * DAY_MS,
    40 * DAY_MS,
  ]) {
    const from = BEGIN + at + Math.floor(random() * 30) * 1_000;
    for (const serverId of SERVERS) if (random() < 0.9) await put(serverId, seq++ + (random() < 0.1 ? 5 : 0), from);
    await clock.advance(BEGIN + at + 17 * MINUTE_MS - clock.now());
    if (random() < 0.7) await store.seal();
  }
  // Late ones lie in frames beside the blocks, unless what follows seals them.
  await put("alpha", seq++, BEGIN + 39 * DAY_MS + 5_500);
  if (random() < 0.7) {
    const samplesMs = NOW - (BEGIN + (random() < 0.5 ? 4 * HOUR_MS : 30 * DAY_MS));
    await store.retain({ samplesMs, minutesMs: NOW - (BEGIN + HOUR_MS), hoursMs: 1e13 });
  }
  if (random() < 0.3) await store.deleteServer("gamma");
  if (isLateSealed) {
    await clock.advance(45 * MINUTE_MS);
    await store.seal();
  }
  await store.close();
}

/** What a store answers to many questions, each number exactly. */
function answers(file: OpenedFile, steps: readonly StepFunction[]): Readonly<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const serverId of SERVERS) {
    told[`samples of ${serverId}`] = file.dump(serverId);
    told[`receipts of ${serverId}`] = file.receipts(`agent-${serverId}`);
    for (const metric of METRICS) {
      for (const step of steps) {
        for (const [stepMs, days] of [
          [MINUTE_MS, 2],
          [HOUR_MS, 41],
          [DAY_MS, 41],
        ] as const) {
          const range = { from: BEGIN, until: BEGIN + days * DAY_MS };
          const query = { serverIds: [serverId], metric, match: {}, range, stepMs, step, pointsMax: 1e7 };
          const points = [...file.query(query)].map((value, index) => (Number.isNaN(value) ? "" : `${index}:${value}`));
          told[`${serverId} ${metric} ${step} ${stepMs}`] = points.filter(Boolean).join(" ");
        }
      }
    }
  }
  return told;
}

function withSeed(): number {
  const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
  onTestFailed(() => console.error(`replay with MUSTER_SEED=${seed}`));
  return seed;
}

test("[ST51] a store that is exported and imported gives the same answers", { timeout: 120_000 }, async () => {
  const seed = withSeed();
  for (let round = 0; round < 6; round++) {
    await using directory = await temporaryDirectory("store-transfer");
    const [one, other, file] = [directory.file("one.db"), directory.file("other.db"), directory.file("store")];
    const steps = round % 2 === 0 ? ALL : EXACT;
    await randomStore(one, seededRandom(seed + round), steps === ALL);
    const expected = look(one, (store) => answers(store, steps));
    const sampleCount = look(one, (store) => store.sampleCount());
    const exported = exportStore(one, file, OPTIONS);
    expect(exported).toMatchObject({ samples: sampleCount, damagedBlocks: 0 });
    const imported = importStore(other, file, { now: NOW });
    expect(imported).toEqual({
      ...{ servers: exported.servers, series: exported.series, samples: sampleCount },
      ...{ rollUps: exported.rollUps, duplicates: 0, knownRollUps: 0 },
    });
    expectSound(other, `seed ${seed + round}`);
    expect(
      look(other, (store) => answers(store, steps)),
      `seed ${seed + round}`,
    ).toEqual(expected);
    // The same once more changes nothing.
    const again = importStore(other, file, { now: NOW });
    expect(again).toMatchObject({ samples: 0, duplicates: sampleCount, rollUps: 0 });
    expectSound(other, `seed ${seed + round}, again`);
    expect(
      look(other, (store) => answers(store, steps)),
      `seed ${seed + round}, again`,
    ).toEqual(expected);
  }
});

test("[ST51] what waits in the journal is taken along, with its receipts", async () => {
  await using directory = await temporaryDirectory("store-transfer");
  const [one, other, file] = [directory.file("one.db"), directory.file("other.db"), directory.file("store")];
  const store = await EngineMetricStore.open({ path: one, ...LIMITS }, { clock: new FakeClock(NOW) });
  const series = (await store.series("alpha", [{ metric: "m", labels: {} }])) as number[];
  for (const seq of [0, 1, 3]) {
    const rows = [0, 1].map((row) => ({ at: NOW - 10_000 + seq * 100 + row, values: Float64Array.of(seq + row / 4) }));
    await store.append({ serverId: "alpha", receipt: { stream: "agent", seq }, series, rows });
  }
  await store.close();
  expect(exportStore(one, file, OPTIONS)).toMatchObject({ samples: 6 });
  expect(importStore(other, file, { now: NOW })).toMatchObject({ samples: 6 });
  const seen = [one, other].map((path) => look(path, (opened) => [opened.dump("alpha"), opened.receipts("agent")]));
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[0]?.[1]).toEqual([0, 1, 3]);
});

test("[ST51] what two stores know comes together, and one server can be taken alone", async () => {
  const seed = withSeed();
  await using directory = await temporaryDirectory("store-transfer");
  const [one, other, file] = [directory.file("one.db"), directory.file("other.db"), directory.file("store")];
  await randomStore(one, seededRandom(seed));
  await randomStore(other, seededRandom(seed + 1));
  const before = look(other, (store) => SERVERS.map((server) => store.dump(server)));
  const added = look(one, (store) => store.dump("beta"));
  exportStore(one, file, { ...OPTIONS, serverIds: ["beta"] });
  importStore(other, file, { now: NOW });
  const instants = (samples: readonly string[]): readonly string[] =>
    samples.map((sample) => sample.slice(0, sample.lastIndexOf(" ")));
  look(other, (store) => {
    expect(store.dump("alpha")).toEqual(before[0]);
    const after = store.dump("beta");
    const expected = new Set([...instants(before[1] ?? []), ...instants(added)]);
    expect(instants(after)).toEqual([...expected].sort());
    // Where both have a sample, the one that was there stays.
    expect(after).toEqual(expect.arrayContaining([...(before[1] ?? [])]));
  });
  expectSound(other, `seed ${seed}`);
  expect(() => exportStore(one, file, OPTIONS)).toThrow(/is there already/);
  await expectCode(
    (async () => exportStore(one, directory.file("x"), { ...OPTIONS, serverIds: ["nobody"] }))(),
    "NOT_FOUND",
  );
});

test("[ST52] a file that is cut or changed is taken up to there, and said", { timeout: 60_000 }, async () => {
  const seed = withSeed();
  const random = seededRandom(seed);
  await using directory = await temporaryDirectory("store-transfer");
  const [one, file] = [directory.file("one.db"), directory.file("store")];
  await randomStore(one, random);
  const all = new Set(look(one, (store) => SERVERS.flatMap((server) => [...store.dump(server)])));
  exportStore(one, file, OPTIONS);
  const whole = readFileSync(file);
  for (let round = 0; round < 20; round++) {
    const at = 8 + Math.floor(random() * (whole.length - 8));
    const damaged =
      round % 2 === 0 ? whole.subarray(0, at) : whole.map((byte, index) => (index === at ? byte ^ 16 : byte));
    const [part, other] = [directory.file(`part-${round}`), directory.file(`other-${round}.db`)];
    writeFileSync(part, damaged);
    const outcome = importStore(other, part, { now: NOW });
    expect(outcome.stopped, `seed ${seed}, byte ${at}`).toMatchObject({ why: expect.any(String) });
    expect(outcome.stopped?.offset).toBeLessThanOrEqual(at);
    const samples = look(other, (store) => SERVERS.flatMap((server) => store.dump(server)));
    expect(samples.length).toBe(outcome.samples);
    expect(samples.filter((sample) => !all.has(sample))).toEqual([]);
    expectSound(other, `seed ${seed}, byte ${at}`);
    // The whole file brings the rest.
    importStore(other, file, { now: NOW });
    expect(look(other, (store) => store.sampleCount())).toBe(all.size);
  }
  writeFileSync(directory.file("newer"), Buffer.concat([Buffer.from("MSTORE3\n"), whole.subarray(8)]));
  await expectCode((async () => importStore(one, directory.file("newer"), { now: NOW }))(), "DATABASE_NEWER");
  writeFileSync(directory.file("other"), "hello");
  await expectCode((async () => importStore(one, directory.file("other"), { now: NOW }))(), "DATABASE_DAMAGED");
  expect(checkStore(one).findings).toEqual([]);
});
