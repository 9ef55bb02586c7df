// A thousand servers that are pulled every ten seconds by one hub's poller and adapters: what it costs, and how late looks
// begin. Beside it Prometheus, which scrapes the same node_exporters and keeps the same series.
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const INTERVAL_MS = 10_000;
const LOOKS_MAX = 100;
const SETTLE_MS = 20_000;
const MEASURED_MS = 60_000;

const SERVERS = fileURLToPath(new URL("./support/pull-servers-program.ts", import.meta.url));
const PULLING = fileURLToPath(new URL("./support/pull-program.ts", import.meta.url));
type Row = readonly (string | number)[];

interface Figures {
  readonly looks: number;
  readonly samples: number;
  readonly failures: number;
  readonly lateP50: number;
  readonly lateP99: number;
  readonly tripP50: number;
  /** Resident before the first server was added. */
  readonly baseBytes: number;
}

async function servers(kinds: readonly string[]) {
  const program = await startProgram([process.execPath, SERVERS, ...kinds]);
  const [, list = "[]"] = await program.says(/servers (\[.*\])\n/);
  return { program, list };
}

async function measureMuster(title: string, kinds: readonly string[]): Promise<Row> {
  const { program: serving, list } = await servers(kinds);
  await using _serving = serving;
  await using pulling = await startProgram([
    ...[process.execPath, PULLING, list],
    ...[INTERVAL_MS, LOOKS_MAX, SETTLE_MS, MEASURED_MS].map(String),
  ]);
  await pulling.says(/measuring\n/, SETTLE_MS + 30_000);
  const before = processCost(pulling.pid);
  const [, text = "{}"] = await pulling.says(/figures (\{.*\})\n/, MEASURED_MS + 30_000);
  const cost = costPerMinute(before, processCost(pulling.pid));
  const { looks, samples, failures, lateP50, lateP99, tripP50, baseBytes } = JSON.parse(text) as Figures;
  const seconds = MEASURED_MS / 1_000;
  return [
    title,
    rounded(cost.cpuMsPerMinute / 1_000, 2),
    rounded(cost.cpuMsPerMinute / ((looks + failures) * (60 / seconds)), 2),
    rounded(lateP50, 1),
    rounded(lateP99, 1),
    rounded(tripP50, 1),
    `${megabytes(cost.residentBytes)} (${megabytes(baseBytes)})`,
    rounded((looks + failures) / seconds, 1),
    rounded(samples / Math.max(1, looks), 0),
    failures,
  ];
}

/** Names of series that our reader takes, so that both keep about the same. */
const KEPT =
  "node_(cpu_seconds_total|memory_(MemTotal|MemAvailable|Buffers|Cached|SReclaimable|SwapTotal|SwapFree)_bytes|load.*|filesystem_.*|disk_(read|written|reads|writes|io_time).*_total|network_(receive|transmit)_(bytes|packets|errs|drop)_total|boot_time_seconds|time_seconds|context_switches_total|intr_total|forks_total|procs_.*|filefd_.*|vmstat_(pswp.*|oom_kill)|sockstat_(TCP_tw|UDP.*_inuse)|netstat_Tcp_.*|uname_info|os_info)";

async function measurePrometheus(): Promise<Row | string> {
  const { program: serving, list } = await servers(["node-exporter:1000"]);
  await using _serving = serving;
  await using directory = await temporaryDirectory("bench-pull");
  const targets = (JSON.parse(list) as readonly { readonly port: number }[]).map(({ port }) => `127.0.0.1:${port}`);
  const config = directory.file("prometheus.yml");
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: `${INTERVAL_MS / 1_000}s`, scrape_timeout: "5s" },
      scrape_configs: [
        {
          ...{ job_name: "pull", static_configs: [{ targets }] },
          metric_relabel_configs: [{ source_labels: ["__name__"], regex: KEPT, action: "keep" }],
        },
      ],
    }),
  );
  const port = await freePort();
  const program = await startProgram([
    ...["prometheus", `--config.file=${config}`, `--storage.tsdb.path=${directory.file("data")}`],
    ...[`--web.listen-address=127.0.0.1:${port}`, "--log.level=warn"],
  ]).catch(() => undefined);
  if (program === undefined) return "Prometheus is not installed and was left out.";
  await using _program = program;
  await delay(SETTLE_MS);
  const before = processCost(program.pid);
  await delay(MEASURED_MS);
  const cost = costPerMinute(before, processCost(program.pid));
  const looks = 60_000 * (1_000 / INTERVAL_MS);
  return [
    "Prometheus, 1,000 node_exporters, stored",
    ...[rounded(cost.cpuMsPerMinute / 1_000, 2), rounded(cost.cpuMsPerMinute / looks, 2)],
    ...["-", "-", "-", megabytes(cost.residentBytes), rounded(looks / 60, 1), "-", "-"],
  ];
}

/** `node bench/run.ts pull`. */
export async function main(): Promise<void> {
  const rows: Row[] = [
    await measureMuster("muster, 1,000 node_exporters", ["node-exporter:1000"]),
    await measureMuster("muster, 250 of each kind", [
      "node-exporter:250",
      "ipvtl:250",
      "virgilio:250",
      "server-monitor:250",
    ]),
    await measureMuster("muster, 900 node_exporters, 100 that hang", ["node-exporter:900", "hanging:100"]),
  ];
  const peer = await measurePrometheus();
  if (typeof peer !== "string") rows.push(peer);
  report({
    name: "pull",
    title: `Pull: 1,000 servers every ${INTERVAL_MS / 1_000} s, one process, at most ${LOOKS_MAX} looks at one time`,
    columns: [
      ...["program", "CPU s/min", "CPU ms a look", "late p50 ms", "late p99 ms", "look p50 ms", "RSS MB (at start)"],
      ...["looks/s", "samples a look", "failed"],
    ],
    rows,
    notes: [
      "Late: how long after its time a look begins. Look: from asking to having it read.",
      "Each look is a connection of its own, whose address is checked; answers of node_exporter are 58 KB and are read as a whole, strictly.",
      "Servers answer from another process on the same two cores. Readings are counted and dropped; Prometheus stores what it keeps, and holds its connections open.",
      ...(typeof peer === "string" ? [peer] : []),
    ],
  });
}
