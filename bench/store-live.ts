// The hub's store at the pace of agents, one batch of 40 series a host every 10 s: processor, memory and the time until
// a batch is durable; VictoriaMetrics takes the same over HTTP, one connection a host.
import { Agent, request } from "node:http";
import { freePort, temporaryDirectory } from "@muster/testkit";
import { costPerMinute, processCost, writtenBytes } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";
import { quantile } from "./support/quantile.ts";
import type { DataSet } from "./support/store/fleet.ts";
import { influxLines } from "./support/store/influx-lines.ts";
import { prepareRows, runLive } from "./support/store/live-load.ts";
import type { LiveRun } from "./support/store/live-load.ts";
import type { LiveAnswer, LiveTask } from "./support/store/live-program.ts";
import { runWatched } from "./support/store/measure-muster.ts";
import { startPeer } from "./support/store/peer.ts";
import { victoriaMetrics } from "./support/store/peers.ts";

const STEP_MS = 10_000;
const WARM_UP_SECONDS = 10;
const setOf = (hosts: number): DataSet => ({
  name: "live",
  shape: "half",
  hosts,
  rows: 0,
  stepMs: STEP_MS,
  rowsPerBatch: 1,
});

type Cost = Omit<LiveAnswer, keyof LiveRun>;

const row = (store: string, hosts: number, run: LiveRun, cost: Cost): readonly string[] => [
  store,
  String(hosts),
  rounded(cost.cpuSecondsPerMinute, 2),
  rounded(cost.writtenBytesPerMinute / 1024 ** 2, 0),
  ...[cost.residentBytes, cost.pssBytes, cost.anonymousBytes, cost.pssBytesBefore].map((bytes) => megabytes(bytes)),
  ...[0.5, 0.95, 0.99, 1].map((share) => rounded(quantile(run.acknowledgedMs, share))),
  String(run.batches),
];

async function musterRow(hosts: number, seconds: number): Promise<readonly string[]> {
  await using directory = await temporaryDirectory("bench-live");
  const task = { path: directory.file("metrics.db"), set: setOf(hosts), seconds };
  const { answer } = await runWatched<LiveTask, LiveAnswer>("live-program", task);
  return row("muster", hosts, answer, answer);
}

async function victoriaRow(hosts: number, seconds: number): Promise<readonly string[] | undefined> {
  await using directory = await temporaryDirectory("bench-live");
  const address = `127.0.0.1:${await freePort()}`;
  const peer = victoriaMetrics({ address, dataDirectory: directory.file("data") }, "influx lines");
  await using program = await startPeer(peer);
  if (program === undefined) return undefined;
  const empty = processCost(program.pid);
  const set = setOf(hosts);
  const rows = prepareRows(set);
  // Every host has a connection of its own, as agents have.
  const connections = Array.from({ length: hosts }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const send = (host: number, reading: (typeof rows)[number][number]): Promise<void> =>
    post(`${peer.url}/write`, influxLines(set, new Map([[host, [reading]]])), connections[host]!);
  await runLive(set, { rows, seconds: WARM_UP_SECONDS, firstRow: 0 }, send);
  const before = processCost(program.pid);
  const writtenBefore = writtenBytes(program.pid);
  const run = await runLive(set, { rows, seconds, firstRow: WARM_UP_SECONDS / 10 }, send);
  const cost = costPerMinute(before, processCost(program.pid));
  const written = writtenBytes(program.pid) - writtenBefore;
  for (const connection of connections) connection.destroy();
  return row("VictoriaMetrics, HTTP", hosts, run, {
    ...cost,
    cpuSecondsPerMinute: cost.cpuMsPerMinute / 1_000,
    writtenBytesPerMinute: (written * 60) / seconds,
    pssBytesBefore: empty.pssBytes,
  });
}

const post = (url: string, body: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent }, (response) => {
      response.resume().on("end", () => (response.statusCode === 204 ? resolve() : reject(new Error("refused"))));
    });
    sent.on("error", reject).end(body);
  });

/** `node bench/run.ts store-live [seconds] [hosts…]`; 60 s, 2,000 and 10,000 hosts unless told. */
export async function main([secondsText = "60", ...counts]: readonly string[]): Promise<void> {
  const seconds = Number(secondsText);
  const [hosts = 2_000, ...more] = counts.length > 0 ? counts.map(Number) : [2_000, 10_000];
  const rows = [await musterRow(hosts, seconds)];
  const peer = await victoriaRow(hosts, seconds);
  if (peer !== undefined) rows.push(peer);
  for (const count of more) rows.push(await musterRow(count, seconds));
  report({
    name: counts.length === 0 && seconds === 60 ? "store-live" : "store-live-part",
    title: `Stores at the pace of agents: 40 series a host every 10 s, one batch a host, for ${seconds} s`,
    columns: [
      "store",
      "hosts",
      "CPU s/min",
      "written MB/min",
      "RSS MB",
      "PSS",
      "anonymous",
      "PSS empty",
      "ack ms p50",
      "p95",
      "p99",
      "max",
      "batches",
    ],
    rows,
    notes: [
      "Goals: 2,000 hosts ≤ 1.2 CPU s a minute and ≤ 120 MB; durable within 20 ms at p99 with 10,000.",
      "Muster's acknowledgement means committed with fsync; VictoriaMetrics answers before anything is on disk.",
      "Muster: the store alone in its process, without sockets and frames (bench ingest has the whole hub); the cost of the same load without a store, run there first, is taken off the CPU; the load's prepared rows (12 a host) are in its memory; PSS empty is the process with them before the store was opened. No sealing falls into the time.",
      "VictoriaMetrics: influx lines over one kept connection a host, its CPU and memory alone; its times include HTTP.",
    ],
  });
}
