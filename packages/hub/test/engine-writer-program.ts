import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";

/**
 * Appends for ever, seals and shrinks the file all the time, and prints `stream seq` for each batch that was acknowledged; the crash test kills it. What it sends
 * follows from the number alone, so that the test knows what must be there.
 *
 * argv: file, first number.
 */
const [path = "", firstText = "0"] = process.argv.slice(2);
const MINUTE_MS = 60_000;
const STREAMS = ["a", "b", "c", "d"];
const clock = { now: () => 1_800_000_000_000, monotonic: () => 0, after: () => ({ cancel: () => undefined }) };
const limits = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 100 };
const store = await EngineMetricStore.open({ path, ...limits }, { clock });

async function run(stream: string): Promise<void> {
  const series = (await store.series(stream, [
    { metric: "m", labels: {} },
    { metric: "n", labels: {} },
  ])) as number[];
  for (let seq = Number(firstText); ; seq++) {
    const rows = [0, 1, 2].map((index) => ({ at: (seq * 3 + index) * MINUTE_MS, values: Float64Array.of(seq, -seq) }));
    await store.append({ serverId: stream, receipt: { stream, seq }, series, rows });
    process.stdout.write(`${stream} ${seq}\n`);
  }
}
/** To this clock everything is long ago, so that hours are sealed while samples of them still come. */
async function seal(): Promise<void> {
  for (;;) {
    await store.seal();
    // Drops nothing, but gives empty pages back.
    await store.dropBefore(Number.MIN_SAFE_INTEGER);
  }
}
process.stdout.write("ready\n");
await Promise.all([...STREAMS.map(run), seal()]);
