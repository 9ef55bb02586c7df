// The hub under the load of simulated agents: processor, memory, time to a durable acknowledgement, and how the cost of
// one server-sample grows with their number. Beside it a bare WebSocket server that only parses and acknowledges.
import { fileURLToPath } from "node:url";
import { simulate } from "@muster/cli";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import { bareSenders } from "./support/bare-senders.ts";
import { musterProgramNote, startBenchHub } from "./support/bench-hub.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import type { ProcessCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const INTERVAL_MS = 5_000;
const SERIES = 60;
const DURATION_MS = 30_000;

type Row = readonly (string | number)[];

async function measureHub(agents: number): Promise<Row> {
  await using directory = await temporaryDirectory("bench-ingest");
  const hub = await startBenchHub(directory.file("hub"), agents);
  await using program = hub.program;
  const empty = processCost(program.pid);
  const marks: ProcessCost[] = [];
  const result = await simulate(
    { url: hub.address, agents, intervalMs: INTERVAL_MS, series: SERIES, durationMs: DURATION_MS, tokens: hub.tokens },
    () => marks.push(processCost(program.pid)),
  );
  const cost = costPerMinute(marks[0]!, marks[1]!);
  await program.stop();
  return row(
    "muster hub",
    agents,
    cost,
    result.batchesAcknowledged,
    result.ackMs.p50,
    result.ackMs.p99,
    result.ackMs.max,
    (cost.residentBytes - empty.residentBytes) / agents / 1024,
    result.batchesUnacknowledged,
  );
}

async function measureBare(agents: number): Promise<Row> {
  const port = await freePort();
  const main = fileURLToPath(new URL("./support/bare-receiver.ts", import.meta.url));
  await using program = await startProgram([process.execPath, main, String(port)]);
  await program.says(/ready/);
  const empty = processCost(program.pid);
  let before = empty;
  const run = await bareSenders(
    { port, agents, intervalMs: INTERVAL_MS, series: SERIES, durationMs: DURATION_MS },
    () => {
      before = processCost(program.pid);
    },
  );
  const cost = costPerMinute(before, processCost(program.pid));
  const sorted = run.ackMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return row(
    "bare: parse, keep in memory",
    agents,
    cost,
    run.acknowledged,
    at(0.5),
    at(0.99),
    at(1),
    (cost.residentBytes - empty.residentBytes) / agents / 1024,
    0,
  );
}

function row(
  who: string,
  agents: number,
  cost: ReturnType<typeof costPerMinute>,
  batches: number,
  p50: number | null,
  p99: number | null,
  max: number | null,
  kilobytesPerServer: number,
  unacknowledged: number,
): Row {
  const microseconds = (cost.cpuRatio * DURATION_MS * 1_000) / batches;
  return [
    who,
    agents,
    `${rounded(100 * cost.cpuRatio)} %`,
    rounded(microseconds, 0),
    megabytes(cost.residentBytes),
    rounded(kilobytesPerServer),
    rounded(p50),
    rounded(p99),
    rounded(max),
    batches,
    unacknowledged,
  ];
}

/** `node bench/run.ts ingest [agents…]`; 100 and 1,000 unless told. */
export async function main(args: readonly string[]): Promise<void> {
  const counts = args.length > 0 ? args.map(Number) : [100, 1_000];
  const rows: Row[] = [];
  for (const agents of counts) rows.push(await measureHub(agents));
  for (const agents of counts) rows.push(await measureBare(agents));
  report({
    name: "ingest",
    title: `Ingest: agents that report ${SERIES} series every ${INTERVAL_MS / 1_000} s, measured for ${DURATION_MS / 1_000} s`,
    columns: [
      "program",
      "agents",
      "CPU of a core",
      "µs a batch",
      "RSS MB",
      "kB a server",
      "ack p50 ms",
      "p99",
      "max",
      "acknowledged",
      "not",
    ],
    rows,
    notes: [
      "Goals (performance.md 3): 100 servers ≤ 3 % of one core and ≤ 150 MB; 1,000 ≤ 20 % and ≤ 300 MB.",
      "An acknowledgement of the hub means durable on disk; the bare server writes nothing and is the floor of one JavaScript thread.",
      musterProgramNote,
      "CPU and memory are the hub's alone; simulator and hub share the machine's cores.",
    ],
  });
}
