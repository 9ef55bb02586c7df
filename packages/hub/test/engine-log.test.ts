import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { FakeClock, seededRandom, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, onTestFailed, test } from "vitest";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { expectSound, look } from "./crash-judge.ts";

/** Of the bytes of the last commit, one in so many is where the log is cut; `MUSTER_LOG_STEP=1` takes each. */
const STEP_BYTES = Number(process.env["MUSTER_LOG_STEP"] ?? 397);
const FLIPS = 60;
const COMMITS = 12;
const NOW = 1_800_000_000_000;
const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };

/** A store with a log of some commits, as a kill would leave it: `ends[n]` is how long the log was when n was told. */
async function storeWithLog(directory: TemporaryDirectory): Promise<{ path: string; ends: readonly number[] }> {
  const living = directory.file("living.db");
  const path = directory.file("metrics.db");
  const open = () => EngineMetricStore.open({ path: living, ...LIMITS }, { clock: new FakeClock(NOW) });
  let store = await open();
  const [series = NaN] = await store.series("alpha", [{ metric: "m", labels: {} }]);
  await store.close();
  store = await open();
  const ends: number[] = [];
  for (let seq = 0; seq < COMMITS; seq++) {
    const rows = [0, 1, 2].map((index) => ({ at: NOW + seq * 10 + index, values: Float64Array.of(seq + index / 4) }));
    await store.append({ serverId: "alpha", receipt: { stream: "s", seq }, series: [series], rows });
    ends.push(statSync(`${living}-wal`).size);
  }
  for (const end of ["", "-wal"]) copyFileSync(living + end, path + end);
  await store.close();
  return { path, ends };
}

/** Writes a picture of the store with another log, and answers how many batches it has. */
function batchesIn(directory: TemporaryDirectory, from: string, log: Uint8Array, where: string): number {
  const path = directory.file("picture.db");
  copyFileSync(from, path);
  writeFileSync(`${path}-wal`, log);
  rmSync(`${path}-shm`, { force: true });
  expectSound(path, where);
  return look(path, (file) => {
    const receipts = file.receipts("s");
    // No hole, no half of a batch, and each number as it was sent: what is damaged is left out and never told.
    expect(receipts, where).toEqual(receipts.map((_, index) => index));
    const expected = receipts.flatMap((seq) =>
      [0, 1, 2].map((index) => `alpha m {} ${NOW + seq * 10 + index} ${seq + index / 4}`),
    );
    expect(file.dump("alpha"), where).toEqual(expected.sort());
    return receipts.length;
  });
}

test("[ST46] a log cut at any byte has every commit that ended before", { timeout: 120_000 }, async () => {
  await using directory = await temporaryDirectory("engine-log");
  const { path, ends } = await storeWithLog(directory);
  const log = readFileSync(`${path}-wal`);
  const whole = ends.at(-1) ?? 0;
  const cuts = new Set([0, 1, 31, 32, 33, ...ends, ...ends.map((end) => end - 1)]);
  for (let cut = ends.at(-2) ?? 0; cut < whole; cut += STEP_BYTES) cuts.add(cut);
  for (const cut of cuts) {
    const told = ends.filter((end) => end <= cut).length;
    expect(batchesIn(directory, path, log.subarray(0, cut), `cut at ${cut}`), `cut at ${cut}`).toBe(told);
  }
  // What lies there from an earlier use of the log is not taken for a commit.
  const withTail = Buffer.concat([log.subarray(0, whole), Buffer.alloc(20_000, 0xa5), log.subarray(0, 30_000)]);
  expect(batchesIn(directory, path, withTail, "with a tail")).toBe(COMMITS);
});

test("[ST46] of a log with a wrong bit the commits before it are told, and nothing else", async () => {
  const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
  onTestFailed(() => console.error(`replay with MUSTER_SEED=${seed}`));
  const random = seededRandom(seed);
  await using directory = await temporaryDirectory("engine-log");
  const { path, ends } = await storeWithLog(directory);
  const log = readFileSync(`${path}-wal`);
  for (let flip = 0; flip < FLIPS; flip++) {
    const at = Math.floor(random() * (ends.at(-1) ?? 0));
    const damaged = log.map((byte, index) => (index === at ? byte ^ (1 << Math.floor(random() * 8)) : byte));
    const told = ends.filter((end) => end <= at).length;
    expect(batchesIn(directory, path, damaged, `bit at ${at}, seed ${seed}`), `bit at ${at}`).toBe(told);
  }
});

test("[ST46] files beside the store may be missing where they hold nothing of their own", async () => {
  await using directory = await temporaryDirectory("engine-log");
  const { path } = await storeWithLog(directory);
  // The index of the log is made again; here it never was.
  expect(existsSync(`${path}-shm`)).toBe(false);
  expect(look(path, (file) => file.receipts("s").length)).toBe(COMMITS);
  // Closed, so that all of the log is in the file.
  for (const end of ["-wal", "-shm"]) rmSync(path + end, { force: true });
  expect(look(path, (file) => file.receipts("s").length)).toBe(COMMITS);
  // An index of another time is not believed.
  writeFileSync(`${path}-shm`, new Uint8Array(32_768).fill(7));
  expect(look(path, (file) => file.receipts("s").length)).toBe(COMMITS);
  expectSound(path, "without its log");
});
