// What it costs a whole hub to judge a thousand servers by a thousand rules, and how soon what begins is handed over.
// Beside it Prometheus, which scrapes a thousand targets and judges as many rules as often.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { simulate } from "@muster/cli";
import { freePort, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { ask, musterProgramNote, signIn, startBenchHub, startHubProgram } from "./support/bench-hub.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import type { ProcessCost } from "./support/process-cost.ts";
import { quantile } from "./support/quantile.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const SERVERS = 1_000;
const RULES = 1_000;
const INTERVAL_MS = 10_000;
const SERIES = 40;
const MEASURED_MS = 60_000;
const TOLD = 30;
const PULLED = fileURLToPath(new URL("./support/pull-servers-program.ts", import.meta.url));
/** Of the simulated machine: one series each. */
const METRICS = ["cpu_busy_ratio", "load1", "load5", "load15", "memory_used_bytes", "memory_cached_bytes"];
/** No reading comes near it. */
const FAR = 1e15;

type Row = readonly (string | number)[];

/** `node bench/run.ts alerts [servers] [rules]`. */
export async function main(args: readonly string[]): Promise<void> {
  const [servers, rules] = [Number(args[0] ?? SERVERS), Number(args[1] ?? RULES)];
  const without = await measureMuster(servers, 0);
  const with_ = await measureMuster(servers, rules);
  const peer = await measurePrometheus(servers, rules);
  const rows: Row[] = [
    rowOf(`muster, no rules`, without),
    rowOf(`muster, ${rules} rules`, with_),
    [
      "of these for the rules",
      ...["-", `${rounded((with_.cpuRatio - without.cpuRatio) * 100, 1)} %`],
      megabytes(with_.residentBytes - without.residentBytes),
    ],
    ...(typeof peer === "string" ? [] : peer),
  ];
  const latencies = await measureTelling();
  report({
    name: "alerts",
    title: `Alerts: ${servers} servers that report ${SERIES} series every ${INTERVAL_MS / 1_000} s, judged by ${rules} rules`,
    columns: ["", "CPU s/min", "of a core", "RSS MB"],
    rows,
    notes: [
      "goal: judging within 30 % of one core; from opening to handing over within 500 ms",
      `muster: ${servers * rules} things are judged whenever their server reports, and once a minute besides`,
      `from the opening of an incident until a webhook had read its message, ${TOLD} times: median ${rounded(quantile(latencies, 0.5), 0)} ms, 99th percentile ${rounded(quantile(latencies, 0.99), 0)} ms`,
      ...(typeof peer === "string"
        ? [peer]
        : ["the peer: Prometheus with its rules in one group; the difference of its two lines is what rules cost it"]),
      musterProgramNote,
    ],
  });
}

type Cost = ReturnType<typeof costPerMinute>;

const rowOf = (title: string, cost: Cost): Row => [
  title,
  rounded(cost.cpuMsPerMinute / 1_000, 2),
  `${rounded(cost.cpuRatio * 100, 1)} %`,
  megabytes(cost.residentBytes),
];

async function measureMuster(servers: number, rules: number): Promise<Cost> {
  await using directory = await temporaryDirectory("bench-alerts");
  const prepared = await startBenchHub(directory.file("hub"), servers);
  await prepared.program.stop();
  setRules(join(prepared.directory, "data"), rules);
  await using program = await startHubProgram(prepared.directory, new URL(prepared.address).host);
  const marks: ProcessCost[] = [];
  await simulate(
    {
      ...{ url: prepared.address, agents: servers, intervalMs: INTERVAL_MS, series: SERIES },
      ...{ durationMs: MEASURED_MS, tokens: prepared.tokens },
    },
    () => marks.push(processCost(program.pid)),
  );
  await program.stop();
  return costPerMinute(marks[0]!, marks[1]!);
}

/** Exactly so many rules, put straight into the database: one user may not add as many. */
function setRules(dataDir: string, count: number): void {
  const db = new DatabaseSync(join(dataDir, "state.db"), { timeout: 5_000 });
  db.exec("DELETE FROM rule");
  const insert = db.prepare("INSERT INTO rule (id, name, definition, origin, created_at) VALUES (?, ?, ?, NULL, 0)");
  db.exec("BEGIN");
  for (let index = 0; index < count; index++) {
    const id = `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;
    const condition = {
      ...{ is: "metric", metric: METRICS[index % METRICS.length], labels: {}, measure: "value", windowMs: 0 },
      ...{
        horizonMs: 0,
        comparison: "above",
        levels: [{ severity: "warning", threshold: FAR + index }],
        clearAt: null,
      },
    };
    const definition = {
      ...{ isEnabled: true, condition, scope: { is: "all" }, overrides: [], forMs: 0, clearForMs: 60_000 },
      ...{ noData: "keep", notifierIds: null },
    };
    insert.run(id, `rule ${index}`, JSON.stringify(definition));
  }
  db.exec("COMMIT");
  db.close();
}

/** How long after the opening of an incident a webhook has its message, in milliseconds. */
async function measureTelling(): Promise<readonly number[]> {
  const latencies: number[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString("utf8")));
    request.on("end", () => {
      const { kind, openedAt } = JSON.parse(body) as { kind: string; openedAt: number };
      if (kind === "opened") latencies.push(Date.now() - openedAt);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using directory = await temporaryDirectory("bench-telling");
  const hub = await startBenchHub(directory.file("hub"), TOLD);
  await using program = hub.program;
  const session = await signIn(hub.address);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await ask(hub.address, session, "POST", "notifiers", { kind: "webhook", name: "bench", settings: { url } });
  const ending = new AbortController();
  const reporting = simulate(
    { url: hub.address, agents: TOLD, intervalMs: 1_000, series: SERIES, durationMs: 120_000, tokens: hub.tokens },
    () => undefined,
    ending.signal,
  ).catch(() => undefined);
  const list = () => ask<{ items: { id: string; presence: { is: string } }[] }>(hub.address, session, "GET", "servers");
  await waitFor(async () => (await list()).items.filter(({ presence }) => presence.is === "online").length === TOLD, {
    ...{ timeoutMs: 30_000, intervalMs: 500, describe: "all servers report" },
  });
  for (const [index, { id }] of (await list()).items.entries()) {
    await ask(hub.address, session, "POST", "rules", {
      name: `bench ${index}`,
      condition: { is: "metric", metric: "load1", levels: [{ severity: "warning", threshold: -1 }] },
      scope: { is: "some", serverIds: [id] },
    });
    await waitFor(() => latencies.length > index, { timeoutMs: 20_000, intervalMs: 50, describe: "it is told" });
    // Spread over the turns of the rules.
    await delay(137);
  }
  ending.abort();
  await reporting;
  await program.stop();
  server.closeAllConnections();
  server.close();
  return latencies;
}

async function measurePrometheus(servers: number, rules: number): Promise<readonly Row[] | string> {
  const rows: Row[] = [];
  for (const count of [0, rules]) {
    await using serving = await startProgram([process.execPath, PULLED, `node-exporter:${servers}`]);
    const [, list = "[]"] = await serving.says(/servers (\[.*\])\n/);
    const targets = (JSON.parse(list) as readonly { readonly port: number }[]).map(({ port }) => `127.0.0.1:${port}`);
    await using directory = await temporaryDirectory("bench-prometheus");
    const [config, ruleFile] = [directory.file("prometheus.yml"), directory.file("rules.yml")];
    const interval = `${INTERVAL_MS / 1_000}s`;
    const names = [
      "node_load1",
      "node_load5",
      "node_load15",
      "node_memory_MemAvailable_bytes",
      "node_memory_Cached_bytes",
    ];
    await writeFile(
      ruleFile,
      JSON.stringify({
        groups: [
          {
            ...{ name: "bench", interval },
            rules: Array.from({ length: count }, (_rule, index) => ({
              ...{ alert: `rule${index}`, expr: `${names[index % names.length]} > ${FAR + index}` },
            })),
          },
        ],
      }),
    );
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: interval, scrape_timeout: "5s", evaluation_interval: interval },
        ...(count > 0 && { rule_files: [ruleFile] }),
        scrape_configs: [
          {
            ...{ job_name: "bench", static_configs: [{ targets }] },
            metric_relabel_configs: [
              { source_labels: ["__name__"], regex: "node_(load.*|memory_.*|cpu_seconds_total)", action: "keep" },
            ],
          },
        ],
      }),
    );
    const program = await startProgram([
      ...["prometheus", `--config.file=${config}`, `--storage.tsdb.path=${directory.file("data")}`],
      ...[`--web.listen-address=127.0.0.1:${await freePort()}`, "--log.level=warn"],
    ]).catch(() => undefined);
    if (program === undefined) return "Prometheus is not installed and was left out.";
    await using _program = program;
    await delay(30_000);
    const before = processCost(program.pid);
    await delay(MEASURED_MS);
    rows.push(
      rowOf(
        count === 0 ? "Prometheus, no rules" : `Prometheus, ${count} rules`,
        costPerMinute(before, processCost(program.pid)),
      ),
    );
  }
  return rows;
}
