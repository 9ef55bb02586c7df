import { MINUTE_MS } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";

const ROWS_PER_BATCH = 3;
const STREAMS = ["a", "b", "c", "d"];
const LIMITS = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 100 };

/**
 * Compares a file with the lines that `engine-writer-program.ts` told before it ended, `stream seq` each: every batch is
 * there once. Answers how many of the samples are sealed.
 */
export async function expectAllOnce(path: string, acknowledged: ReadonlySet<string>, where: string): Promise<number> {
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
