// The hub's store alone in its process: takes a prepared file of samples, answers the questions of the benchmark, and
// gives back what it was given. Told as JSON: path, sampleFile, set, sealing. Prints one line of JSON.
import { QUESTIONS, ROUNDS } from "./questions.ts";
import type { Question, QuestionKind, QuestionName } from "./questions.ts";
import type { DataSet } from "./fleet.ts";
import { endOf } from "./fleet.ts";
import { appendBatch, cpuSeconds, openMuster, sealAll, serverName, storeBytes, told } from "./open-muster.ts";
import type { OpenMuster } from "./open-muster.ts";
import { ReadBack } from "./read-back.ts";
import { readSampleFile } from "./sample-file.ts";
import type { HostBatch } from "./sample-file.ts";
import type { StoreFigures } from "./store-figures.ts";

const MINUTE_MS = 60_000;

export interface MusterTask {
  readonly path: string;
  readonly sampleFile: string;
  readonly set: DataSet;
  /** none: frames only, which is what an acknowledgement waits for. each-minute: as the hub does. */
  readonly sealing: "none" | "each-minute";
}

/** What the program prints; memory is watched from outside. */
export type MusterAnswer = Omit<StoreFigures, "memory">;

const { path, sampleFile, set, sealing } = told<MusterTask>();

/** Gives every stretch to `take`, all hosts at once, and counts the samples. */
async function feed(take: (batch: HostBatch, seq: number) => Promise<unknown>, done?: (at: number) => Promise<void>) {
  let seq = 0;
  for (const stretch of readSampleFile(sampleFile, set)) {
    await Promise.all(stretch.map((batch) => take(batch, seq)));
    seq++;
    await done?.(endOf({ ...set, rows: seq * set.rowsPerBatch }));
  }
}

/** Processor seconds that reading the file and making the batches take, which is no work of the store's. */
async function readingFloor(): Promise<number> {
  const before = cpuSeconds();
  await feed(() => Promise.resolve());
  return cpuSeconds() - before;
}

async function ask({ store }: OpenMuster, question: Question): Promise<number> {
  const { metric, host, from, until, stepMs } = question;
  const all = Array.from({ length: set.hosts }, (_, index) => serverName(index));
  const combine = { groups: [{ name: "all", serverIds: all }], function: "avg" as const };
  const askedMs = performance.now();
  const lines = await store.query(
    {
      serverIds: host === undefined ? all : [serverName(host)],
      select: [{ metric, match: {}, step: question.function }],
      range: { from, until },
      stepMs,
      pointsMax: 1e7,
      ...(host === undefined && { combine }),
    },
    new AbortController().signal,
  );
  const tookMs = performance.now() - askedMs;
  const points = lines[0]?.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0) ?? 0;
  const wanted = (until - from) / stepMs;
  if (lines.length !== 1 || points < 0.95 * wanted) {
    throw new Error(`${lines.length} lines and ${points} of ${wanted} points for ${JSON.stringify(question)}`);
  }
  return tookMs;
}

async function askAll(muster: OpenMuster): Promise<MusterAnswer["times"]> {
  const times: Partial<Record<QuestionName, number[]>> = {};
  for (const [name, kind] of Object.entries(QUESTIONS[set.name] ?? {}) as [QuestionName, QuestionKind][]) {
    const list = (times[name] = [] as number[]);
    for (let round = 0; round < ROUNDS; round++) list.push(await ask(muster, kind(round, set)));
  }
  return times;
}

const floor = await readingFloor();
const muster = await openMuster(path, set);
const readBack = new ReadBack(set);
let sealedAt = 0;
let samples = 0;
const before = cpuSeconds();
const startedMs = performance.now();
await feed(
  async (batch, seq) => {
    readBack.note(batch);
    const { storedCount } = await appendBatch(muster, batch, seq);
    samples += storedCount;
  },
  async (at) => {
    muster.clock.set(at);
    if (sealing === "none" || at < sealedAt + MINUTE_MS) return;
    sealedAt = at;
    await muster.clock.fire();
  },
);
const ingestSeconds = (performance.now() - startedMs) / 1_000;
if (sealing === "each-minute") await sealAll(muster, endOf(set));
const cpuPerMillion = (cpuSeconds() - before - floor) / (samples / 1e6);
const times = sealing === "none" ? {} : await askAll(muster);
const comparedSamples = sealing === "none" ? 0 : await readBack.compare(muster);
await muster.store.close();
const answer: MusterAnswer = {
  samples,
  cpuPerMillion,
  millionPerSecond: samples / 1e6 / ingestSeconds,
  bytesPerSample: storeBytes(path) / samples,
  times,
  comparedSamples,
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
