// The hub under the load of simulated agents: processor, memory, time to a durable acknowledgement, and how the cost of
// one server-sample grows with their number. Beside it a bare WebSocket server that only parses and acknowledges.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { simulate } from "@muster/cli";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import { bareSenders } from "./support/bare-senders.ts";
import { musterProgramNote, startBenchHub } from "./support/bench-hub.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import type { ProcessCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const DURATION_MS = 30_000;

interface Load {
  readonly agents: number;
  readonly intervalMs: number;
  readonly series: number;
}

type Row = readonly (string | number)[];

async function measureHub({ agents, intervalMs, series }: Load): Promise<Row> {
  await using directory = await temporaryDirectory("bench-ingest");
  const hub = await startBenchHub(directory.file("hub"), agents);
  await using program = hub.program;
  const empty = processCost(program.pid);
  const marks: ProcessCost[] = [];
  const result = await simulate(
    { url: hub.address, agents, intervalMs, series, durationMs: DURATION_MS, tokens: hub.tokens },
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

async function measureBare({ agents, intervalMs, series }: Load): Promise<Row> {
  const port = await freePort();
  const main = fileURLToPath(new URL("./support/bare-receiver.ts", import.meta.url));
  await using program = await startProgram([process.execPath, main, String(port)]);
  await program.says(/ready/);
  const empty = processCost(program.pid);
  let before = empty;
  const run = await bareSenders({ port, agents, intervalMs, series, durationMs: DURATION_MS }, () => {
    before = processCost(program.pid);
  });
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

/** `node bench/run.ts ingest [--interval MS] [--series N] [agents…]`; 100 and 1,000 agents with 60 series at 5 s unless told. */
export async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { interval: { type: "string", default: "5000" }, series: { type: "string", default: "60" } },
    allowPositionals: true,
  });
  const intervalMs = Number(values.interval);
  const series = Number(values.series);
  const counts = positionals.length > 0 ? positionals.map(Number) : [100, 1_000];
  const rows: Row[] = [];
  for (const agents of counts) rows.push(await measureHub({ agents, intervalMs, series }));
  for (const agents of counts) rows.push(await measureBare({ agents, intervalMs, series }));
  report({
    name: positionals.length > 0 ? `ingest-${counts.join("-")}` : "ingest",
    title: `Ingest: agents that report ${series} series every ${intervalMs / 1_000} s, measured for ${DURATION_MS / 1_000} s`,
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
      "Goals (performance.md 3): 100 servers at 5 s ≤ 3 % of one core and ≤ 150 MB; 1,000 at 5 s ≤ 20 % and ≤ 300 MB;",
      "10,000 at 10 s with 40 series ≤ 90 % and ≤ 1 GB, acknowledged in ≤ 250 ms at the 99th percentile.",
      "An acknowledgement of the hub means durable on disk; the bare server writes nothing and is the floor of one JavaScript thread.",
      "CPU and memory are the hub's alone; simulator and hub share the machine's cores.",
      musterProgramNote,
    ],
  });
}
