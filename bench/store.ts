// The hub's store beside VictoriaMetrics and Prometheus: the same samples into one after the other, never two at once;
// processor, bytes on disk, memory, and the time of seven questions.
import { rmSync } from "node:fs";
import { temporaryDirectory } from "@muster/testkit";
import { megabytes, report, rounded } from "./support/report.ts";
import { quantile } from "./support/quantile.ts";
import { SERIES_PER_HOST } from "./support/store/fleet.ts";
import type { DataSet } from "./support/store/fleet.ts";
import { measureMuster } from "./support/store/measure-muster.ts";
import { measurePrometheus, measureVictoriaMetrics } from "./support/store/measure-peers.ts";
import { ROUNDS } from "./support/store/questions.ts";
import type { QuestionName } from "./support/store/questions.ts";
import { writeSampleFile } from "./support/store/sample-file.ts";
import type { StoreFigures } from "./support/store/store-figures.ts";

/** Two sets of about 35 million samples, a year of few hosts, and a day of each shape for its bytes. */
const DATA_SETS: readonly DataSet[] = [
  { name: "wide", shape: "half", hosts: 2_000, rows: 444, stepMs: 10_000, rowsPerBatch: 1 },
  { name: "long", shape: "half", hosts: 100, rows: 8_640, stepMs: 10_000, rowsPerBatch: 60 },
  { name: "year", shape: "half", hosts: 2, rows: 365 * 1_440, stepMs: 60_000, rowsPerBatch: 720 },
  { name: "recorded", shape: "recorded", hosts: 20, rows: 8_640, stepMs: 10_000, rowsPerBatch: 60 },
  { name: "generated", shape: "generated", hosts: 20, rows: 8_640, stepMs: 10_000, rowsPerBatch: 60 },
];

const STORES: readonly {
  readonly name: string;
  /** Prometheus keeps 15 days unless told, and nobody asks it for a year. */
  readonly skips: readonly string[];
  measure(set: DataSet, sampleFile: string): Promise<StoreFigures | undefined>;
}[] = [
  { name: "muster", skips: [], measure: measureMuster },
  {
    name: "VictoriaMetrics, influx lines",
    skips: [],
    measure: (set, file) => measureVictoriaMetrics(set, file, "influx lines"),
  },
  {
    name: "VictoriaMetrics, remote write",
    skips: ["year", "recorded", "generated"],
    measure: (set, file) => measureVictoriaMetrics(set, file, "remote write"),
  },
  { name: "Prometheus, remote write", skips: ["year"], measure: measurePrometheus },
];

const QUESTION_COLUMNS: readonly (readonly [QuestionName, string])[] = [
  ["day", "24 h at 10 s, ms"],
  ["dayRate", "rate at 1 min"],
  ["dayHours", "by hours"],
  ["wholeHour", "all hosts, 0:00-1:00"],
  ["anyHour", "any hour"],
  ["hourSteps", "in 10 s steps"],
  ["year", "a year by 8 h"],
];
const COLUMNS = [
  ...["samples", "store", "CPU s/million", "durable only", "million/s", "bytes/sample", "before"],
  ...["RSS peak MB", "PSS", "anonymous", ...QUESTION_COLUMNS.map(([, title]) => title)],
];
const GOALS = [
  "goal",
  "muster",
  "",
  "≤ 0.3",
  "",
  "≤ 1.25",
  "",
  "≤ 120 live",
  "",
  "",
  "≤ 2",
  "",
  "",
  "",
  "≤ 5",
  "",
  "≤ 5",
];

function row(set: DataSet, store: string, figures: StoreFigures): readonly string[] {
  const { memory, times } = figures;
  return [
    `${set.name}, ${rounded(figures.samples / 1e6)} million`,
    store,
    rounded(figures.cpuPerMillion, 2),
    rounded(figures.appendCpuPerMillion ?? null, 2),
    rounded(figures.millionPerSecond, 2),
    rounded(figures.bytesPerSample, 2),
    rounded(figures.bytesPerSampleBefore ?? null, 1),
    ...[memory.residentBytes, memory.pssBytes, memory.anonymousBytes].map((bytes) => megabytes(bytes)),
    ...QUESTION_COLUMNS.map(([name]) => {
      const list = times[name];
      return list === undefined ? "-" : `${rounded(quantile(list, 0.5))} / ${rounded(quantile(list, 0.95))}`;
    }),
  ];
}

/** `node bench/run.ts store [share] [set…]`: share 1 unless told; 0.1 has a tenth of the hosts, for trying. */
export async function main([shareText = "1", ...names]: readonly string[]): Promise<void> {
  const share = Number(shareText);
  await using directory = await temporaryDirectory("bench-store");
  const rows: (readonly string[])[] = [];
  let comparedSamples = 0;
  const emptyAnswersMs: number[] = [];
  for (const full of DATA_SETS) {
    if (names.length > 0 && !names.includes(full.name)) continue;
    const set = { ...full, hosts: Math.max(2, Math.round(full.hosts * share)) };
    const sampleFile = directory.file(set.name);
    writeSampleFile(sampleFile, set);
    for (const { name, skips, measure } of STORES) {
      if (skips.includes(set.name)) continue;
      process.stderr.write(`bench: ${set.name} into ${name}\n`);
      const figures = await measure(set, sampleFile);
      if (figures === undefined) continue;
      comparedSamples += figures.comparedSamples ?? 0;
      emptyAnswersMs.push(...(figures.emptyAnswersMs ?? []));
      rows.push(row(set, name, figures));
    }
    rmSync(sampleFile);
  }
  report({
    name: share === 1 && names.length === 0 ? "store" : "store-part",
    title: `Stores: the same samples into one after the other, ${SERIES_PER_HOST} series a host`,
    columns: COLUMNS,
    rows: [...rows, GOALS],
    notes: notes(share, comparedSamples, quantile(emptyAnswersMs, 0.5)),
  });
}

const notes = (share: number, comparedSamples: number, emptyAnswerMs: number): readonly string[] => [
  ...(share === 1 ? [] : [`A share of ${share} of the hosts.`]),
  "wide: 2,000 hosts for 74 minutes, a row a batch, as agents send. long: 100 hosts for a day, 60 rows a batch. year: 2 hosts every minute for 365 days. Every other host replays recorded readings (fixtures/metrics/README.md), the rest is generated; recorded and generated: 20 hosts for a day, for their bytes.",
  `Questions: ${ROUNDS} rounds over different series, median / 95th percentile. Muster is asked in its process, the others over HTTP with JSON, where an empty answer takes ${rounded(emptyAnswerMs)} ms at the median; their caches of answers are off.`,
  "CPU is that of the store's process alone, all threads. Muster runs in a process of its own that reads the prepared file; what one pass of reading the same file without a store took there is taken off. It has no decoding of frames in it (bench ingest has); the peers' has that of lines or protobuf, some 450,000 samples a request.",
  "durable only: every batch committed with fsync before its acknowledgement, nothing sealed. CPU s/million has sealing, roll-ups and giving pages back besides. The peers do not sync before they acknowledge.",
  "bytes/sample: all files, after sealing and close; VictoriaMetrics flushed, merged and stopped; Prometheus as blocks, the last hours by a snapshot (whose writing is in its CPU). before: as the process left it after the last sample.",
  "Memory is the peak over feeding as fast as it goes and asking, for Muster with the reader of the file; store-live has it at the pace of agents.",
  `Read back from Muster and compared bit by bit in this run: ${comparedSamples.toLocaleString("en")} samples, all the same.`,
];
