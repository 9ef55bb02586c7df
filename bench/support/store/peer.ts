import { readdirSync, statSync } from "node:fs";
import { startProgram, waitFor } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { processCost } from "../process-cost.ts";
import type { DataSet } from "./fleet.ts";
import { influxLines } from "./influx-lines.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { QUESTIONS, ROUNDS } from "./questions.ts";
import type { Question, QuestionKind, QuestionName } from "./questions.ts";
import { readSampleFile, sampleCount } from "./sample-file.ts";
import type { HostBatch } from "./sample-file.ts";
import type { StoreFigures } from "./store-figures.ts";
import { WriteRequests } from "./write-request.ts";

/** So that labels and requests weigh little, which is kinder than agents are: a minute of 2,000 hosts. */
const SAMPLES_PER_REQUEST = 400_000;

export type Dialect = "influx lines" | "remote write";

/** A time series database that speaks PromQL, in a process of its own. */
export interface Peer {
  readonly argv: readonly string[];
  readonly url: string;
  readonly dataDirectory: string;
  readonly readyPath: string;
  readonly writePath: string;
  readonly dialect: Dialect;
  /** Brings the samples into the form in which the store keeps them for long. */
  settle(url: string): Promise<void>;
  /** Where they are in that form once the program has ended. */
  readonly settledDirectory: string;
}

/** Runs a peer with the samples of a file. Undefined where the program is not installed. */
export async function measurePeer(peer: Peer, set: DataSet, sampleFile: string): Promise<StoreFigures | undefined> {
  await using program = await startPeer(peer);
  if (program === undefined) return undefined;
  const watch = new MemoryWatch(program.pid);
  const before = processCost(program.pid);
  const { samples, seconds } = await sendAll(peer, set, sampleFile);
  const bytesBefore = bytesOf(peer.dataDirectory);
  await peer.settle(peer.url);
  const after = processCost(program.pid);
  const times = await askAll(peer.url, set);
  const emptyAnswersMs = await timesOf(() => fetch(peer.url + peer.readyPath).then((answer) => answer.text()));
  const memory = watch.stop();
  await program.stop();
  return {
    samples,
    cpuPerMillion: (after.cpuMs - before.cpuMs) / 1_000 / (samples / 1e6),
    millionPerSecond: samples / 1e6 / seconds,
    bytesPerSample: bytesOf(peer.settledDirectory) / samples,
    bytesPerSampleBefore: bytesBefore / samples,
    memory,
    times,
    emptyAnswersMs,
  };
}

/** Milliseconds that each of so many calls took, one after the other. */
async function timesOf(call: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const askedMs = performance.now();
    await call();
    times.push(performance.now() - askedMs);
  }
  return times;
}

/** Undefined where it ends at once, which is what a missing program does. */
export async function startPeer({ argv, url, readyPath }: Peer): Promise<Program | undefined> {
  const program = await startProgram(argv);
  const isReady = (): Promise<boolean> =>
    fetch(`${url}${readyPath}`).then(
      (response) => response.ok,
      () => false,
    );
  const describe = `${argv[0]} answers`;
  await waitFor(async () => !program.running || (await isReady()), { describe, timeoutMs: 30_000 });
  return program.running ? program : undefined;
}

async function sendAll(peer: Peer, set: DataSet, sampleFile: string) {
  const requests = new WriteRequests(set);
  let samples = 0;
  let hosts = new Map<number, HostBatch["rows"][number][]>();
  let waiting = 0;
  const startedMs = performance.now();
  const send = async (): Promise<void> => {
    if (waiting === 0) return;
    const influx = peer.dialect === "influx lines";
    await post(peer.url + peer.writePath, influx ? influxLines(set, hosts) : requests.encode(hosts));
    hosts = new Map();
    samples += waiting;
    waiting = 0;
  };
  for (const stretch of readSampleFile(sampleFile, set)) {
    for (const { host, rows } of stretch) {
      let kept = hosts.get(host);
      if (kept === undefined) hosts.set(host, (kept = []));
      kept.push(...rows);
      waiting += sampleCount(rows);
    }
    if (waiting > SAMPLES_PER_REQUEST) await send();
  }
  await send();
  return { samples, seconds: (performance.now() - startedMs) / 1_000 };
}

async function post(url: string, body: string | Buffer): Promise<void> {
  const isText = typeof body === "string";
  // VictoriaMetrics closes a connection that was quiet while a request was being made.
  const headers: Record<string, string> = isText
    ? { connection: "close" }
    : {
        connection: "close",
        "content-encoding": "snappy",
        "content-type": "application/x-protobuf",
        "x-prometheus-remote-write-version": "0.1.0",
      };
  const response = await fetch(url, { method: "POST", headers, body: isText ? body : new Uint8Array(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function askAll(url: string, set: DataSet): Promise<StoreFigures["times"]> {
  const times: Partial<Record<QuestionName, number[]>> = {};
  for (const [name, kind] of Object.entries(QUESTIONS[set.name] ?? {}) as [QuestionName, QuestionKind][]) {
    const list = (times[name] = [] as number[]);
    for (let round = 0; round < ROUNDS; round++) list.push(await ask(url, kind(round, set)));
  }
  return times;
}

/** The question as PromQL. A window looks back from its end, so a step is asked for at its end. */
async function ask(url: string, question: Question): Promise<number> {
  const { metric, host, from, until, stepMs } = question;
  const isRaw = stepMs <= 10_000;
  const selector = `m_${metric}${host === undefined ? "" : `{host="host${host}"}`}`;
  const windowed = isRaw
    ? selector
    : `${question.function === "rate" ? "rate" : "avg_over_time"}(${selector}[${stepMs / 1_000}s])`;
  const parameters = new URLSearchParams({
    query: host === undefined ? `avg(${windowed})` : windowed,
    start: String((isRaw ? from : from + stepMs - 1) / 1_000),
    end: String((until - 1) / 1_000),
    step: String(stepMs / 1_000),
    nocache: "1",
  });
  const askedMs = performance.now();
  const answer = await (await fetch(`${url}/api/v1/query_range?${parameters.toString()}`)).text();
  const tookMs = performance.now() - askedMs;
  const { data } = JSON.parse(answer) as { data?: { result: { values: unknown[] }[] } };
  const wanted = (until - from) / stepMs;
  const points = data?.result[0]?.values.length ?? 0;
  if (data?.result.length !== 1 || points < 0.95 * wanted) {
    throw new Error(`${points} of ${wanted} points for ${parameters.toString()}: ${answer.slice(0, 300)}`);
  }
  return tookMs;
}

/** Bytes of all files below a directory. A file that goes meanwhile is none. */
export const bytesOf = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(`${parentPath}/${name}`, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
