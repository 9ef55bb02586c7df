// The hub's store alone in its process under a load at the pace of agents. Told as JSON: path, set, seconds. First the
// same load runs without a store, whose cost is the timer's and the load's own. Prints one line of JSON.
import { processCost, writtenBytes } from "../process-cost.ts";
import type { DataSet } from "./fleet.ts";
import { prepareRows, runLive } from "./live-load.ts";
import type { LiveRun } from "./live-load.ts";
import { appendBatch, cpuSeconds, openMuster, told } from "./open-muster.ts";

const WARM_UP_SECONDS = 10;
const FLOOR_SECONDS = 10;

export interface LiveTask {
  readonly path: string;
  readonly set: DataSet;
  readonly seconds: number;
}

export interface LiveAnswer extends LiveRun {
  readonly cpuSecondsPerMinute: number;
  readonly writtenBytesPerMinute: number;
  /** Of the process with its load, before the store was opened. */
  readonly pssBytesBefore: number;
  /** With all series live, at the end of the load. */
  readonly residentBytes: number;
  readonly pssBytes: number;
  readonly anonymousBytes: number;
}

const { path, set, seconds } = told<LiveTask>();
const rows = prepareRows(set);
const perMinute = async (duration: number, run: () => Promise<LiveRun>) => {
  const before = cpuSeconds();
  const result = await run();
  return { result, cpu: ((cpuSeconds() - before) * 60) / duration };
};

const runWithoutStore = (duration: number): Promise<LiveRun> =>
  runLive(set, { rows, seconds: duration, firstRow: 0 }, () => Promise.resolve());
// Once before it counts, so that compiling is in neither of the two costs.
await runWithoutStore(FLOOR_SECONDS / 2);
const floor = await perMinute(FLOOR_SECONDS, () => runWithoutStore(FLOOR_SECONDS));
const { pssBytes: pssBytesBefore } = processCost(process.pid);
const muster = await openMuster(path, set, undefined, { commitPauseMs: 15 });
const send = (host: number, row: (typeof rows)[number][number], seq: number): Promise<unknown> =>
  appendBatch(muster, { host, rows: [row] }, seq);
await runLive(set, { rows, seconds: WARM_UP_SECONDS, firstRow: 0 }, send);
const firstRow = Math.ceil((WARM_UP_SECONDS * 1_000) / set.stepMs);
const writtenBefore = writtenBytes(process.pid);
const { result, cpu } = await perMinute(seconds, () => runLive(set, { rows, seconds, firstRow }, send));
const written = writtenBytes(process.pid) - writtenBefore;
const { residentBytes, pssBytes, anonymousBytes } = processCost(process.pid);
await muster.store.close();
const answer: LiveAnswer = {
  ...result,
  cpuSecondsPerMinute: cpu - floor.cpu,
  writtenBytesPerMinute: (written * 60) / seconds,
  pssBytesBefore,
  residentBytes,
  pssBytes,
  anonymousBytes,
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
