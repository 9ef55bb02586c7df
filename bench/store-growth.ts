// How the cost of the hub's store grows: with days of history, over a month with retention, and with the number of hosts.
import { runProgram, temporaryDirectory } from "@muster/testkit";
import { megabytes, report, rounded } from "./support/report.ts";
import { quantile } from "./support/quantile.ts";
import { bundleProgram } from "./support/store/bundle-program.ts";
import { SERIES_PER_HOST } from "./support/store/fleet.ts";
import type { DataSet } from "./support/store/fleet.ts";
import type { GrowthLook, GrowthTask } from "./support/store/growth-program.ts";
import type { LiveAnswer, LiveTask } from "./support/store/live-program.ts";
import { runWatched } from "./support/store/measure-muster.ts";

const DAY_MS = 86_400_000;
const PROGRAM_MS_MAX = 3_600_000;
const LIVE_SECONDS = 30;
const RETENTION = { samplesMs: 7 * DAY_MS, minutesMs: 14 * DAY_MS, hoursMs: 365 * DAY_MS };

const setOf = (hosts: number): DataSet => ({
  name: "growth",
  shape: "half",
  hosts,
  rows: 0,
  stepMs: 10_000,
  rowsPerBatch: 1,
});

type Row = readonly string[];

async function overDays(what: string, task: Pick<GrowthTask, "days" | "retention">): Promise<readonly Row[]> {
  await using directory = await temporaryDirectory("bench-growth");
  const main = await bundleProgram("growth-program");
  const told: GrowthTask = { path: directory.file("metrics.db"), set: setOf(3), ...task };
  const argv = [process.execPath, main, JSON.stringify(told)];
  const { exitCode, stdout, stderr } = await runProgram(argv, { timeoutMs: PROGRAM_MS_MAX });
  if (exitCode !== 0) throw new Error(`growth ended with ${exitCode}: ${stderr}`);
  const looks = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as GrowthLook);
  return looks.map((look) => [
    `${what}, day ${look.day}`,
    rounded(look.samples / 1e6),
    megabytes(look.fileBytes),
    rounded(look.fileBytes / look.samples, 2),
    megabytes(look.residentBytes),
    megabytes(look.anonymousBytes),
    rounded(look.openMs, 0),
    ...[look.dayMs, look.hourMs, look.allMs].map((time) => rounded(time)),
    ...["-", "-", "-"],
  ]);
}

/** At the pace of agents; beside the cost, how long a batch took until it was durable. */
async function withHosts(hosts: number): Promise<Row> {
  await using directory = await temporaryDirectory("bench-growth");
  const task = { path: directory.file("metrics.db"), set: setOf(hosts), seconds: LIVE_SECONDS };
  const { answer } = await runWatched<LiveTask, LiveAnswer>("live-program", task);
  const millionPerMinute = (answer.samples / 1e6) * (60 / LIVE_SECONDS);
  return [
    `${hosts} hosts`,
    rounded(answer.samples / 1e6, 2),
    ...["-", "-", megabytes(answer.residentBytes), megabytes(answer.anonymousBytes), "-", "-", "-", "-"],
    rounded(answer.cpuSecondsPerMinute / millionPerMinute, 2),
    rounded((answer.pssBytes - answer.pssBytesBefore) / (hosts * SERIES_PER_HOST), 0),
    rounded(quantile(answer.acknowledgedMs, 0.99)),
  ];
}

/** `node bench/run.ts store-growth [days] [hosts…]`; 90 days, and 100, 1,000 and 10,000 hosts unless told. */
export async function main([daysText = "90", ...counts]: readonly string[]): Promise<void> {
  const daysMax = Number(daysText);
  const upTo = (days: readonly number[]): readonly number[] => days.filter((day) => day <= daysMax);
  const hostCounts = counts.length > 0 ? counts.map(Number) : [100, 1_000, 10_000];
  const rows: Row[] = [];
  rows.push(...(await overDays("all kept", { days: upTo([1, 3, 7, 14, 30, 60, 90]) })));
  rows.push(...(await overDays("retention", { days: upTo([1, 7, 14, 21, 30, 37, 44]), retention: RETENTION })));
  for (const hosts of hostCounts) rows.push(await withHosts(hosts));
  report({
    name: daysMax === 90 && counts.length === 0 ? "store-growth" : "store-growth-part",
    title: "How the store's cost grows: 3 hosts × 40 series × 10 s over days, and hosts at the pace of agents",
    columns: [
      ...["what", "million samples", "file MB", "bytes/sample", "RSS MB", "anonymous", "open ms"],
      ...["last day at 10 s, ms", "an hour of the middle", "all days, ≤ 1,000 points"],
      ...["CPU s/million", "bytes/series", "ack p99 ms"],
    ],
    rows,
    notes: [
      "Goals: bytes per sample, memory, time to open and of questions stay flat over the days; with retention (samples 7 days, minutes 14, hours a year; run each simulated hour) file and memory as well, from the fourteenth day on, when bytes/sample has the roll-ups of dropped samples in it; CPU per million and bytes per series stay flat over hosts.",
      "Every other host replays recorded readings. Sealing ran each simulated hour; batches have an hour, so the peak of memory is that of back-fill. Questions: medians of 20 rounds after opening anew, among them the cold ones.",
      `Hosts: one batch a host every 10 s for ${LIVE_SECONDS} s after 10 s of warming up, the load's own cost taken off. bytes/series: PSS over that of the process before the store was opened, divided by series; it has SQLite's caches and the threads' fixed memory in it, so small fleets seem dear.`,
    ],
  });
}
