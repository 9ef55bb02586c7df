// The metric engine beside VictoriaMetrics, with the same samples one after the other: processor,
// bytes on disk, memory, and the time of four questions.
import { fileURLToPath } from "node:url";
import { runProgram, temporaryDirectory } from "@muster/testkit";
import { HOST_METRICS } from "./support/fleet-samples.ts";
import { megabytes, report, rounded } from "./support/report.ts";
import type { StoreFigures } from "./support/store-figures.ts";
import { measureVictoriaMetrics } from "./support/victoria-metrics.ts";

const PROGRAM_MS_MAX = 180_000;

async function measureOwn(hosts: number, hours: number): Promise<StoreFigures> {
  await using directory = await temporaryDirectory("bench-store");
  const main = fileURLToPath(new URL("./support/store-program.ts", import.meta.url));
  const argv = [process.execPath, main, directory.file("metrics.db"), String(hosts), String(hours)];
  const { exitCode, stdout, stderr } = await runProgram(argv, { timeoutMs: PROGRAM_MS_MAX });
  if (exitCode !== 0) throw new Error(`the store ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as StoreFigures;
}

const row = (store: string, { cpuPerMillion, ingestSeconds, samples, bytesPerSample, rss, queries }: StoreFigures) => [
  store,
  rounded(cpuPerMillion, 2),
  rounded(samples / 1e6 / ingestSeconds, 2),
  rounded(bytesPerSample, 2),
  megabytes(rss),
  ...[queries.day, queries.dayRate, queries.dayHours, queries.hourAll].map((time) => rounded(time)),
];

/** `node bench/run.ts store [hosts] [hours]`; 50 hosts and 24 hours unless told, at least 24. */
export async function main(args: readonly string[]): Promise<void> {
  const [hosts = 50, hours = 24] = args.map(Number);
  const rows = [row("muster engine", await measureOwn(hosts, hours))];
  const peer = await measureVictoriaMetrics(hosts, hours);
  if (peer !== undefined) rows.push(row("VictoriaMetrics, influx lines", peer));
  const samples = (hosts * hours * 360 * HOST_METRICS.length) / 1e6;
  report({
    name: "store",
    title: `Stores: ${hosts} hosts × ${HOST_METRICS.length} series every 10 s for ${hours} h, ${rounded(samples)} million samples`,
    columns: [
      "store",
      "CPU s / million",
      "million / s",
      "bytes / sample",
      "RSS MB",
      "24 h at 10 s, ms",
      "24 h rate at 1 min",
      "24 h by hours",
      `1 h mean of ${hosts} hosts`,
    ],
    rows,
    notes: [
      "A reduced scale: performance.md 2 has 2,000 hosts. Samples are generated in the shape of the collectors' (bench/support/fleet-samples.ts).",
      "Goals: ≤ 0.3 CPU s a million, ≤ 1.25 bytes a sample all included, one series over 24 h ≤ 2 ms.",
      "Muster commits durably before it answers, seals and rolls up to hours; its CPU has no frame decoding in it, its RSS the generator.",
      ...(peer === undefined ? ["VictoriaMetrics (Debian: victoria-metrics) was not installed."] : []),
      "VictoriaMetrics answers over HTTP and does not sync before it acknowledges; its CPU includes the parsing of lines.",
    ],
  });
}
