// Our agent on this machine, idle at 5 s and then in one-second focus, beside prometheus-node-exporter scraped every 5 s
// in the same minutes (and netdata, where it is installed).
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { agentProgramNote, startBenchAgent } from "./support/bench-agent.ts";
import { ask, signIn, startBenchHub } from "./support/bench-hub.ts";
import { openLiveSocket } from "./support/live-socket.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const WARM_UP_MS = 15_000;
const MEASURED_MS = 50_000;
const SCRAPE_MS = 5_000;
const EXPORTER = "/usr/bin/prometheus-node-exporter";
const NETDATA = "/usr/sbin/netdata";

interface Peer {
  readonly name: string;
  readonly program: Program;
  readonly url: string;
}

async function startPeers(): Promise<Peer[]> {
  const peers: Peer[] = [];
  if (existsSync(EXPORTER)) {
    const listen = `127.0.0.1:${await freePort()}`;
    const program = await startProgram([EXPORTER, `--web.listen-address=${listen}`]);
    peers.push({ name: "prometheus-node-exporter, scraped at 5 s", program, url: `http://${listen}/metrics` });
  }
  if (existsSync(NETDATA)) {
    const port = await freePort();
    const program = await startProgram([NETDATA, "-D", "-p", String(port), "-i", "127.0.0.1"]);
    peers.push({ name: "netdata, 1 s", program, url: "" });
  }
  return peers;
}

/** Asks for the metrics every five seconds, as Prometheus would. */
async function scrape(peers: readonly Peer[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { url } of peers)
      if (url !== "")
        await fetch(url).then(
          (response) => response.arrayBuffer(),
          () => undefined,
        );
    await delay(SCRAPE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function measure(programs: readonly { readonly name: string; readonly pid: number }[]) {
  const before = programs.map(({ pid }) => processCost(pid));
  await delay(MEASURED_MS);
  return programs.map(({ name, pid }, index) => {
    const cost = costPerMinute(before[index]!, processCost(pid));
    return [
      name,
      rounded(cost.cpuMsPerMinute),
      megabytes(cost.pssBytes),
      megabytes(cost.anonymousBytes),
      megabytes(cost.residentBytes),
      rounded(cost.switchesPerMinute, 0),
    ];
  });
}

/** `node bench/run.ts agent`; takes two and a half minutes. */
export async function main(): Promise<void> {
  await using directory = await temporaryDirectory("bench-agent");
  const hub = await startBenchHub(directory.file("hub"), 1);
  await using _hub = hub.program;
  await using agent = await startBenchAgent(hub);
  const peers = await startPeers();
  const scraping = new AbortController();
  const scraped = scrape(peers, scraping.signal);
  await delay(WARM_UP_MS);
  const idle = await measure([
    { name: "muster agent, 5 s", pid: agent.pid },
    ...peers.map(({ name, program }) => ({ name, pid: program.pid })),
  ]);

  const session = await signIn(hub.address);
  const { items } = await ask<{ items: { id: string }[] }>(hub.address, session, "GET", "servers");
  let live = 0;
  const socket = await openLiveSocket(hub.address, session, [`server/${items[0]!.id}`], () => live++);
  await delay(WARM_UP_MS);
  const seenBefore = live;
  const focus = await measure([{ name: "muster agent, 1 s while watched", pid: agent.pid }]);
  const perMinute = (live - seenBefore) / (MEASURED_MS / 60_000);
  socket.terminate();
  scraping.abort();
  await scraped;
  for (const { program } of peers) await program.stop();
  await agent.stop();
  await hub.program.stop();
  report({
    name: "agent",
    title: `Agent: cost on this machine, over ${MEASURED_MS / 1_000} s`,
    columns: ["program", "CPU ms a minute", "PSS MB", "anonymous MB", "RSS MB", "switches a minute"],
    rows: [idle[0]!, ...focus, ...idle.slice(1)],
    notes: [
      "Goals (performance.md 1): ≤ 12 CPU ms a minute, ≤ 15 wake-ups, ≤ 12 MB anonymous, PSS ≤ 46 MB; watched ≤ 40 ms.",
      "Switches are voluntary and involuntary context switches of all threads; a wake-up is at least one of them.",
      `While watched, the page got ${rounded(perMinute, 0)} messages a minute.`,
      agentProgramNote,
      ...(existsSync(NETDATA) ? [] : ["netdata is not installed here."]),
    ],
  });
}
