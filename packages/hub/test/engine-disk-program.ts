import { isMusterError } from "@muster/core";
import { createMetricStore } from "../src/metrics/catalog.ts";

/**
 * Appends until the store refuses, then once more, and prints what came of it as one line of JSON. Started with a limit
 * on the size of files, which SQLite meets as an error of the disk.
 */
const [path = ""] = process.argv.slice(2);
const at = 1_800_000_000_000;
const clock = { now: () => at, monotonic: () => 0, after: () => ({ cancel: () => undefined }) };
const limits = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 100 };
const store = await createMetricStore({ kind: "engine", path, ...limits }, { clock });
const series = (await store.series("alpha", [{ metric: "m", labels: {} }])) as number[];
const codes: string[] = [];
let acknowledged = 0;
for (let seq = 0; codes.length < 2; seq++) {
  const rows = [{ at: at + seq, values: Float64Array.of(seq) }];
  try {
    await store.append({ serverId: "alpha", receipt: { stream: "s", seq }, series, rows });
    acknowledged++;
  } catch (error) {
    codes.push(isMusterError(error) ? error.code : String(error));
  }
}
const { sampleCount } = await store.size();
process.stdout.write(`${JSON.stringify({ codes, acknowledged, sampleCount, healthy: store.healthy?.() })}\n`);
await store.close();
