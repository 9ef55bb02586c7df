import { randomInt } from "node:crypto";
import { MINUTE_MS } from "@muster/core";
import { FakeClock, seededRandom, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, onTestFailed, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";

const KILLS = 20;
const ROWS_PER_BATCH = 3;
const STREAMS = ["a", "b", "c", "d"];
const WRITER = new URL("engine-writer-program.ts", import.meta.url).pathname;
const LIMITS = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 100 };

test(
  "[ST24] [ST38] of a store killed at any moment of storing and sealing every acknowledged batch is there once",
  { timeout: 120_000 },
  async () => {
    const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
    onTestFailed(() => console.error(`replay with MUSTER_SEED=${seed}`));
    const random = seededRandom(seed);
    await using directory = await temporaryDirectory("engine-crash");
    const path = directory.file("metrics.db");
    const acknowledged = new Set<string>();
    let next = 0;
    let sealedCount = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await using writer = await startProgram([process.execPath, WRITER, path, String(next)]);
      await writer.says(/ready/);
      // Each line is an acknowledgement, and the writer does not stop: the kill meets it anywhere in its work.
      const spokenChars = Math.floor(random() * 3_000);
      await waitFor(() => writer.stdout.length > spokenChars, { intervalMs: 1, describe: "acknowledgements" });
      writer.signal("SIGKILL");
      await writer.exited;
      // The last line may be cut in the middle, and then was not an acknowledgement.
      const lines = writer.stdout.split("\n").slice(1, -1);
      for (const line of lines) acknowledged.add(line);
      next = 1 + Math.max(next - 1, ...lines.map((line) => Number(line.split(" ")[1])));
      // Now and then the agent has not heard the last answers and sends those batches again.
      if (random() < 0.5) next = Math.max(0, next - 2);
      sealedCount = await expectAllOnce(path, acknowledged, `kill ${kill}, seed ${seed}`);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
    expect(sealedCount).toBeGreaterThan(KILLS);
  },
);

/** Answers how many of the samples are sealed. */
async function expectAllOnce(path: string, acknowledged: ReadonlySet<string>, where: string): Promise<number> {
  const store = await createMetricStore({ kind: "engine", path, ...LIMITS }, { clock: new FakeClock() });
  try {
    let sampleCount = 0;
    for (const stream of STREAMS) {
      const receipts = await store.receipts(stream);
      const stored = new Set(
        receipts.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => first + n)),
      );
      const missing = [...acknowledged].filter(
        (line) => line.startsWith(`${stream} `) && !stored.has(Number(line.slice(2))),
      );
      expect(missing, where).toEqual([]);
      // A receipt without its samples, or samples without their receipt, would show here.
      const range = { from: 0, until: ((receipts.at(-1)?.[1] ?? 0) + 100) * ROWS_PER_BATCH * MINUTE_MS };
      const query = {
        serverIds: [stream],
        match: {},
        range,
        stepMs: ROWS_PER_BATCH * MINUTE_MS,
        pointsMax: 1e7,
      } as const;
      for (const [metric, sign] of [
        ["m", 1],
        ["n", -1],
      ] as const) {
        const [counts] = await store.query(queryOf({ ...query, metric, step: "count" }), new AbortController().signal);
        const [sums] = await store.query(queryOf({ ...query, metric, step: "sum" }), new AbortController().signal);
        const wrong = Array.from(counts?.values ?? [], (count, seq) => {
          const isRight = stored.has(seq)
            ? count === ROWS_PER_BATCH && sums?.values[seq] === sign * seq * ROWS_PER_BATCH
            : Number.isNaN(count);
          return isRight ? [] : [`${stream} ${metric} ${seq}: ${count}`];
        }).flat();
        expect(wrong, where).toEqual([]);
        expect(counts?.values.length ?? 0, where).toBeGreaterThanOrEqual(Math.max(0, ...stored));
      }
      sampleCount += stored.size * ROWS_PER_BATCH * 2;
    }
    const { sampleCount: counted, stock = [] } = await store.size();
    expect(counted, where).toBe(sampleCount);
    return stock.filter(({ resolutionMs }) => resolutionMs === 0).reduce((sum, day) => sum + day.sampleCount, 0);
  } finally {
    await store.close();
  }
}
