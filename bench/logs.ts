// Logs from end to end on one machine: a file, a real agent, a real hub, a reader of its API and a live socket. How fast
// lines flow, how late one is seen, and what both programs cost meanwhile.
import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { agentProgramNote, startBenchAgent } from "./support/bench-agent.ts";
import { ask, musterProgramNote, signIn, startBenchHub } from "./support/bench-hub.ts";
import type { BenchSession } from "./support/bench-hub.ts";
import { openLiveSocket } from "./support/live-socket.ts";
import { processCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const FLOW_BYTES = 200 * 1024 * 1024;
const SEARCH_BYTES = 40 * 1024 * 1024;
const BLOCK_LINES = 2_000;
const LATENCY_LINES = 400;
const LATENCY_PAUSE_MS = 25;

const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
};

interface Bench {
  readonly address: string;
  readonly session: BenchSession;
  readonly serverId: string;
  readonly hub: Program;
  readonly agent: Program;
}

/** Lines as a web server writes them, some 150 bytes each. */
const line = (index: number): string =>
  `2026-01-02T03:04:05.678Z INFO request id=${index} method=GET path=/api/v1/items/${index % 1_000} status=200 took=12ms agent="Mozilla/5.0 (X11; Linux x86_64)" bytes=5321\n`;

function writeFlow(path: string, flowBytes: number): number {
  const descriptor = openSync(path, "a");
  let bytes = 0;
  let lines = 0;
  while (bytes < flowBytes) {
    let block = "";
    for (let index = 0; index < BLOCK_LINES; index++) block += line(lines++);
    bytes += writeSync(descriptor, block);
  }
  closeSync(descriptor);
  return lines;
}

/** Follows a file over HTTP while 200 MB are in it: everything must come, in order. */
async function flow(
  bench: Bench,
  path: string,
  flowBytes: number,
  more: string,
): Promise<readonly (string | number)[]> {
  writeFileSync(path, "begin\n");
  const isSearch = more !== "";
  const stop = new AbortController();
  const url = `${bench.address}/api/v1/logs?file=${bench.serverId}:${path}&follow=true&lines=1${more}`;
  const response = await fetch(url, { headers: { cookie: bench.session.cookie }, signal: stop.signal });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const reader = response.body!.getReader();
  // The line that is there; a search begins with nothing.
  if (!isSearch) await reader.read();
  const lines = writeFlow(path, flowBytes);
  const before = [bench.agent, bench.hub].map(({ pid }) => processCost(pid));
  const peaks = [0, 0];
  const begunMs = performance.now();
  let seen = 0;
  while (seen < lines) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the log ended after ${seen} lines`);
    for (let at = value.indexOf(10); at >= 0; at = value.indexOf(10, at + 1)) seen++;
    for (const [index, { pid }] of [bench.agent, bench.hub].entries())
      if (seen % 50_000 < 1_000) peaks[index] = Math.max(peaks[index]!, processCost(pid).residentBytes);
  }
  const tookMs = performance.now() - begunMs;
  const after = [bench.agent, bench.hub].map(({ pid }) => processCost(pid));
  stop.abort();
  await reader.cancel().catch(() => undefined);
  return [
    isSearch ? "follow 40 MB, found by an expression" : "follow 200 MB over HTTP",
    Math.round(lines / (tookMs / 1_000)),
    megabytes(flowBytes / (tookMs / 1_000)),
    ...after.map(({ cpuMs }, index) => rounded((cpuMs - before[index]!.cpuMs) / 1_000, 1)),
    ...before.map(({ residentBytes }, index) => `${megabytes(residentBytes)} → ${megabytes(peaks[index]!)}`),
  ];
}

/** How old a line is when a page's socket has it. */
async function latency(bench: Bench, path: string): Promise<readonly number[]> {
  writeFileSync(path, "");
  const ages: number[] = [];
  let isFollowed = false;
  const socket = await openLiveSocket(bench.address, bench.session, [], (text) => {
    const message = JSON.parse(text) as { t: string; items?: { text?: string }[] };
    for (const item of message.items ?? []) {
      if (item.text === "begin") isFollowed = true;
      else if (item.text !== undefined) ages.push(Date.now() - Number(item.text));
    }
  });
  socket.send(
    JSON.stringify({
      t: "open-logs",
      id: 1,
      sources: [{ server: bench.serverId, file: path }],
      lines: 0,
      follow: true,
    }),
  );
  while (!isFollowed) {
    await delay(200);
    appendFileSync(path, "begin\n");
  }
  await delay(500);
  for (let index = 0; index < LATENCY_LINES; index++) {
    appendFileSync(path, `${Date.now()}\n`);
    await delay(LATENCY_PAUSE_MS + (index % 7));
  }
  await delay(500);
  socket.terminate();
  return ages;
}

/** `node bench/run.ts logs`. */
export async function main(): Promise<void> {
  await using directory = await temporaryDirectory("bench-logs");
  const paths = ["latency.log", "flow.log", "search.log"].map((name) => directory.file(name));
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policy = `version: 1\nallow:\n  - {action: logs.read, driver: file, files: [${paths.join(", ")}]}\n`;
  writeFileSync(directory.file("etc", "policy.yaml"), policy, { mode: 0o644 });
  const hub = await startBenchHub(directory.file("hub"), 1);
  await using _hub = hub.program;
  await using agent = await startBenchAgent(hub, { MUSTER_AGENT_POLICY: directory.file("etc", "policy.yaml") });
  const session = await signIn(hub.address);
  const { items } = await ask<{ items: { id: string }[] }>(hub.address, session, "GET", "servers");
  const bench = { address: hub.address, session, serverId: items[0]!.id, hub: hub.program, agent };

  const ages = await latency(bench, paths[0]!);
  const rows = [
    await flow(bench, paths[1]!, FLOW_BYTES, ""),
    await flow(bench, paths[2]!, SEARCH_BYTES, "&search=status%3D2..&expression=true"),
  ];
  report({
    name: "logs",
    title: "Logs of a file, from agent to reader",
    columns: ["what", "lines/s", "MB/s", "agent CPU s", "hub CPU s", "agent MB", "hub MB"],
    rows,
    notes: [
      `A line written to the same line in a page's socket: median ${quantile(ages, 0.5)} ms, 95 % ${quantile(ages, 0.95)} ms, 99 % ${quantile(ages, 0.99)} ms, worst ${Math.max(...ages)} ms, of ${ages.length} lines of ${LATENCY_LINES} (goal: 100 ms).`,
      "The file is looked at every 50 ms; a system's journal tells its readers at most every 250 ms, a container's log at once.",
      "Every line is cleaned of escapes and searched for secrets on the server before it leaves it.",
      agentProgramNote,
      musterProgramNote,
    ],
  });
}
