// What keeps fifty children running costs, and how fast it is: Muster's supervisor beside supervisord and runit.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory } from "@muster/testkit";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import type { ProcessCost } from "./support/process-cost.ts";
import { quantile } from "./support/quantile.ts";
import { megabytes, report, rounded } from "./support/report.ts";
import { FLOOD_BYTES, startMuster, startRunit, startSupervisord } from "./support/supervisors.ts";
import type { PeerDirectory, PeerSupervisor } from "./support/supervisors.ts";

const CHILDREN = 50;
const SETTLE_MS = 12_000;
const IDLE_MS = 30_000;
const STATUS_ROUNDS = 15;
const PATIENCE_MS = 30_000;

const PEERS: readonly {
  readonly name: string;
  readonly needs: readonly string[];
  readonly start: (directory: PeerDirectory) => Promise<PeerSupervisor>;
  /** Those that wait seconds before each are asked less often. */
  readonly kills: number;
}[] = [
  { name: "muster", needs: [], start: startMuster, kills: CHILDREN },
  { name: "supervisord", needs: ["/usr/bin/supervisord"], start: startSupervisord, kills: 9 },
  { name: "runit", needs: ["/usr/bin/runsvdir", "/usr/bin/sv", "/usr/bin/svlogd"], start: startRunit, kills: CHILDREN },
];

const pidIn = (file: string): number => {
  try {
    return Number(readFileSync(file, "utf8").trim());
  } catch {
    return 0;
  }
};

async function until(condition: () => boolean, what: string): Promise<void> {
  const startedMs = performance.now();
  while (!condition()) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await delay(20);
  }
}

/** From SIGKILL to the first words of the next run. Looks without a pause, since it is a matter of milliseconds. */
async function restartMs(pidFile: string): Promise<number> {
  const before = pidIn(pidFile);
  const startedMs = performance.now();
  process.kill(before, "SIGKILL");
  for (;;) {
    const pid = pidIn(pidFile);
    const tookMs = performance.now() - startedMs;
    if (pid !== 0 && pid !== before) return tookMs;
    if (tookMs > PATIENCE_MS) throw new Error("it is not started again");
    // Ours is not the only process that wants a processor.
    await (tookMs > 50 ? delay(5) : new Promise((resolve) => setImmediate(resolve)));
  }
}

const costs = (peer: PeerSupervisor): ReadonlyMap<number, ProcessCost> =>
  new Map(peer.pids().map((pid) => [pid, processCost(pid)]));
const pssOf = (of: ReadonlyMap<number, ProcessCost>): number =>
  [...of.values()].reduce((sum, { pssBytes }) => sum + pssBytes, 0);

async function measure(start: (directory: PeerDirectory) => Promise<PeerSupervisor>, kills: number) {
  await using directory = await temporaryDirectory("bench-supervisor");
  const at = (name: string, count: number): PeerDirectory => ({
    path: directory.file(name),
    count,
    pidFile: (index) => directory.file(`${name}.${index}.pid`),
  });
  const empty = await start(at("empty", 0));
  await delay(2_000);
  const emptyPss = pssOf(costs(empty));
  await empty.stop();

  const place = at("full", CHILDREN);
  const peer = await start(place);
  try {
    const files = Array.from({ length: CHILDREN }, (_, index) => place.pidFile(index));
    await until(() => files.every((file) => pidIn(file) > 0), "all children run");
    // Until they count as stable: what follows is what it costs for days.
    await delay(SETTLE_MS);
    const from = costs(peer);
    await delay(IDLE_MS);
    const idle = [...costs(peer)].map(([pid, cost]) => costPerMinute(from.get(pid) ?? cost, cost));
    const fullPss = pssOf(costs(peer));
    const restarts: number[] = [];
    for (const file of files.slice(0, kills)) restarts.push(await restartMs(file));
    const statuses: number[] = [];
    for (let round = 0; round < STATUS_ROUNDS; round++) {
      const startedMs = performance.now();
      await peer.status();
      statuses.push(performance.now() - startedMs);
    }
    const floodFromMs = performance.now();
    await peer.startFlood();
    await until(() => peer.floodBytes() >= FLOOD_BYTES, "all output is there").catch(() => undefined);
    const floodMs = performance.now() - floodFromMs;
    const bytes = peer.floodBytes();
    return {
      restart: quantile(restarts, 0.5),
      fullPss,
      grownPss: fullPss - emptyPss,
      processes: peer.pids().length,
      cpu: idle.reduce((sum, { cpuMsPerMinute }) => sum + cpuMsPerMinute, 0),
      switches: idle.reduce((sum, { switchesPerMinute }) => sum + switchesPerMinute, 0),
      status: quantile(statuses, 0.5),
      floodMs,
      floodAll: bytes === FLOOD_BYTES ? "yes" : `${bytes} bytes`,
      floodPss: pssOf(costs(peer)) - fullPss,
    };
  } finally {
    await peer.stop();
  }
}

/** `node bench/run.ts supervisor [names…]`. */
export async function main(names: readonly string[]): Promise<void> {
  const rows: (readonly string[])[] = [];
  const absent = ["PM2 is not among the packages of this repository"];
  for (const { name, needs, start, kills } of PEERS) {
    if (names.length > 0 && !names.includes(name)) continue;
    const missing = needs.filter((path) => !existsSync(path));
    if (missing.length > 0) {
      absent.push(`${name} is not installed (${missing.join(", ")})`);
      continue;
    }
    const result = await measure(start, kills);
    rows.push([
      name,
      rounded(result.restart),
      megabytes(result.fullPss),
      megabytes(result.grownPss),
      String(result.processes),
      rounded(result.cpu),
      rounded(result.switches, 0),
      rounded(result.status),
      rounded(result.floodMs / 1_000, 2),
      result.floodAll,
      megabytes(result.floodPss),
    ]);
  }
  report({
    name: "supervisor",
    title: `Supervisors: ${CHILDREN} children (sh, then sleep), and one that writes ${FLOOD_BYTES / 1e6} MB`,
    columns: [
      "supervisor",
      "restart ms",
      "PSS MB",
      "of them for 50",
      "processes",
      "CPU ms/min",
      "switches/min",
      "status ms",
      "200 MB s",
      "all there",
      "PSS after it, +MB",
    ],
    rows,
    notes: [
      "Goals (performance.md 5): first restart ≤ 5 ms at the median, +5 MB for 50 children, 200 MB ≤ 0.6 s with every byte there.",
      "Restart: from SIGKILL of the child to the pid that its next run writes, one kill a child; it holds the start of a shell.",
      "Muster's process is Node with the supervisor alone, as one file; in an agent only what the 50 children add counts.",
      "Status: Muster answers all 51 with CPU and memory over a pipe; the others by their command line program.",
      "200 MB: from the request to start it until the last byte is in the log; Muster seals files behind it.",
      ...absent.map((each) => `Not measured: ${each}.`),
    ],
  });
}
