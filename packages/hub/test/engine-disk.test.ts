import { FakeClock, needs, runProgram, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { expectCode, queryOf } from "../src/metrics/metric-store.contract.ts";
import type { MetricStore } from "../src/metrics/metric-store.ts";
import { rmSync, writeFileSync } from "node:fs";

const LIMITS = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 300 };
const WIDTH = 200;
const DISK_PROGRAM = new URL("engine-disk-program.ts", import.meta.url).pathname;
const clock = new FakeClock(1_800_000_000_000);
const openStore = (path: string): Promise<MetricStore> =>
  createMetricStore({ kind: "engine", path, ...LIMITS }, { clock });

test("[ST28] after an error of the disk nothing is acknowledged, and what was before is there", async () => {
  await using directory = await temporaryDirectory("engine-disk");
  const path = directory.file("metrics.db");
  // A file that may not grow: EFBIG is to SQLite an I/O error like any other.
  const { exitCode, stdout, stderr } = await runProgram([
    "prlimit",
    "--fsize=600000",
    process.execPath,
    DISK_PROGRAM,
    path,
  ]);
  expect(exitCode, stderr).toBe(0);
  const told = JSON.parse(stdout) as { acknowledged: number };
  const { acknowledged } = told;
  expect(told).toEqual({
    codes: ["STORAGE_FAILED", "STORAGE_FAILED"],
    acknowledged,
    sampleCount: acknowledged,
    healthy: false,
  });
  expect(acknowledged).toBeGreaterThan(10);
  const store = await openStore(path);
  expect(await store.receipts("s")).toEqual([[0, acknowledged - 1]]);
  expect((await store.size()).sampleCount).toBe(acknowledged);
  await store.close();
});

const describeRoot = await needs("root");
describeRoot("on a small disk", () => {
  test("[ST27] a full disk is said, reading goes on, and writing resumes by itself", { timeout: 60_000 }, async () => {
    await using directory = await temporaryDirectory("engine-disk");
    const mounted = await runProgram(["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "muster-test", directory.path]);
    expect(mounted.stderr).toBe("");
    const ballast = directory.file("ballast");
    writeFileSync(ballast, new Uint8Array(2 << 20));
    const store = await openStore(directory.file("metrics.db"));
    try {
      const series = await store.series(
        "alpha",
        Array.from({ length: WIDTH }, (_, index) => ({ metric: `m${index}`, labels: {} })),
      );
      const send = (seq: number, ids = series as number[]) =>
        store.append({
          serverId: "alpha",
          receipt: { stream: "s", seq },
          series: ids,
          rows: [{ at: clock.now() + seq, values: new Float64Array(ids.length).fill(seq) }],
        });
      // Columns that the file has not seen: what is learnt of them in a transaction that fails must be forgotten.
      const others = series.slice(0, WIDTH / 2) as number[];
      let sent = 0;
      const fill = async (): Promise<void> => {
        for (; ; sent++) await send(sent);
      };
      await expectCode(fill(), "STORAGE_FULL");
      expect(sent).toBeGreaterThan(10);
      for (let attempts = 0; attempts < 3; attempts++) await expectCode(send(sent), "STORAGE_FULL");
      await expectCode(send(sent, others), "STORAGE_FULL");
      expect(store.healthy?.()).toBe(true);
      await expectAll(store, sent);
      rmSync(ballast);
      expect(await send(sent)).toMatchObject({ storedCount: WIDTH });
      sent++;
      await expectAll(store, sent);
      // Another server takes the number that the failed transaction had given away.
      const [mine] = (await store.series("beta", [{ metric: "m7", labels: {} }])) as number[];
      const rows = [{ at: clock.now(), values: Float64Array.of(-1) }];
      await store.append({ serverId: "beta", series: [mine as number], rows });
      expect(await send(sent, others)).toMatchObject({ storedCount: WIDTH / 2 });
      sent++;
      await expectAll(store, sent, WIDTH / 2 - 1);
      // Full once more, and stopped while it is.
      await expectCode(fill(), "STORAGE_FULL");
      await store.close();
      const again = await openStore(directory.file("metrics.db"));
      await expectAll(again, sent, WIDTH / 2 - 1);
      await again.close();
    } finally {
      await store.close();
      await runProgram(["umount", directory.path]);
    }
  });
});

async function expectAll(store: MetricStore, sent: number, lessSamples = 0): Promise<void> {
  expect((await store.size()).sampleCount).toBe(sent * WIDTH - lessSamples);
  const range = { from: clock.now(), until: clock.now() + sent };
  const query = {
    serverIds: ["alpha"],
    metric: "m7",
    match: {},
    range,
    stepMs: 1,
    step: "last",
    pointsMax: 1e6,
  } as const;
  const [points] = await store.query(queryOf(query), new AbortController().signal);
  expect([...(points?.values ?? [])]).toEqual(Array.from({ length: sent }, (_, seq) => seq));
}
