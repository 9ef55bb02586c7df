// Thousands of probes on one whole hub: what they cost, and whether they fall evenly over their interval. Beside it
// Prometheus with its blackbox exporter, which look at the same targets as often and keep about the same.
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { ask, musterProgramNote, PASSWORD, signIn, startBenchHub } from "./support/bench-hub.ts";
import type { BenchSession } from "./support/bench-hub.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const COUNT = 5_000;
const TCP_SHARE = 5;
const INTERVAL_MS = 30_000;
const SETTLE_MS = 45_000;
const MEASURED_MS = 120_000;
/** One user may change 120 things a minute. */
const USERS = 40;
const TARGETS = fileURLToPath(new URL("./support/probe-targets-program.ts", import.meta.url));

type Row = readonly (string | number)[];
interface Targets {
  readonly http: number;
  readonly tcp: number;
}

/** `node bench/run.ts probes [count]`. */
export async function main(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? COUNT);
  const rows = [await measureMuster(count)];
  const peer = await measurePrometheus(count);
  if (typeof peer !== "string") rows.push(...peer);
  report({
    name: "probes",
    title: `Probes: ${count} every ${INTERVAL_MS / 1_000} s, one in ${TCP_SHARE} TCP, the others HTTP`,
    columns: ["", "CPU s/min", "of a core", "CPU ms a look", "RSS MB", "looks/s", "least–most in a second", "load"],
    rows,
    notes: [
      "goal: 5,000 probes at 30 s within 25 % of one core",
      "muster: the whole hub with its results stored, judged and kept for the web; each look is a connection of its own whose address is checked",
      "least and most looks that arrived in one second of the measured two minutes: even would be the same",
      ...(typeof peer === "string"
        ? [peer]
        : ["the peer is two programs: the exporter looks, Prometheus stores; the sum counts"]),
      musterProgramNote,
    ],
  });
}

async function startTargets() {
  const program = await startProgram([process.execPath, TARGETS]);
  const [, text = "{}"] = await program.says(/targets (\{.*\})\n/);
  return { program, targets: JSON.parse(text) as Targets };
}

const counted = async ({ http }: Targets): Promise<readonly number[]> =>
  (await (await fetch(`http://127.0.0.1:${http}/counts`)).json()) as number[];

const isTcp = (index: number): boolean => index % TCP_SHARE === 0;

async function measureMuster(count: number): Promise<Row> {
  const { program: serving, targets } = await startTargets();
  await using _serving = serving;
  await using directory = await temporaryDirectory("bench-probes");
  const { program, address } = await startBenchHub(directory.path);
  await using _program = program;
  const base = processCost(program.pid);
  const sessions = await manySessions(address);
  await Promise.all(
    sessions.map(async (session, own) => {
      for (let index = own; index < count; index += sessions.length)
        await patiently(() =>
          ask(address, session, "POST", "probes", {
            ...{ name: `probe-${index}`, intervalMs: INTERVAL_MS },
            ...(isTcp(index)
              ? { kind: "tcp", settings: { host: "127.0.0.1", port: targets.tcp } }
              : { kind: "http", settings: { url: `http://127.0.0.1:${targets.http}/${index}`, text: "well" } }),
          }),
        );
    }),
  );
  const [first] = sessions as [BenchSession];
  const list = async () => (await ask<{ items: { health: string }[] }>(address, first, "GET", "probes")).items;
  await waitFor(async () => (await list()).every(({ health }) => health === "healthy"), {
    ...{ timeoutMs: 120_000, intervalMs: 2_000, describe: "all probes are healthy" },
  });
  await delay(SETTLE_MS);
  await counted(targets);
  const before = processCost(program.pid);
  await delay(MEASURED_MS);
  const cost = costPerMinute(before, processCost(program.pid));
  const seconds = await counted(targets);
  const healthy = (await list()).filter(({ health }) => health === "healthy").length;
  if (healthy !== count) throw new Error(`${count - healthy} probes are not healthy`);
  return rowOf(`muster (${megabytes(base.residentBytes)} MB before)`, cost, seconds);
}

function rowOf(title: string, cost: ReturnType<typeof costPerMinute>, seconds: readonly number[]): Row {
  const looks = seconds.reduce((sum, one) => sum + one, 0) / Math.max(1, seconds.length);
  return [
    title,
    rounded(cost.cpuMsPerMinute / 1_000, 2),
    `${rounded(cost.cpuRatio * 100, 1)} %`,
    rounded(cost.cpuMsPerMinute / (looks * 60), 2),
    megabytes(cost.residentBytes),
    rounded(looks, 1),
    `${Math.min(...seconds)}–${Math.max(...seconds)}`,
    rounded(loadavg()[0] ?? 0, 1),
  ];
}

async function measurePrometheus(count: number): Promise<readonly Row[] | string> {
  const { program: serving, targets } = await startTargets();
  await using _serving = serving;
  await using directory = await temporaryDirectory("bench-blackbox");
  const modules = directory.file("blackbox.yml");
  const http = { prober: "http", http: { fail_if_body_not_matches_regexp: ["well"], preferred_ip_protocol: "ip4" } };
  await writeFile(modules, JSON.stringify({ modules: { http, tcp: { prober: "tcp" } } }));
  const [exporterPort, port] = [await freePort(), await freePort()];
  const exporter = await startProgram([
    ...["prometheus-blackbox-exporter", `--config.file=${modules}`, "--log.level=warn"],
    `--web.listen-address=127.0.0.1:${exporterPort}`,
  ]).catch(() => undefined);
  if (exporter === undefined) return "Debian's prometheus-blackbox-exporter is not installed and was left out.";
  await using _exporter = exporter;
  const job = (name: string, list: readonly string[]) => ({
    ...{ job_name: name, metrics_path: "/probe", params: { module: [name] } },
    // What has the same labels would be one.
    static_configs: list.map((target, index) => ({ targets: [target], labels: { number: String(index) } })),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      { target_label: "__address__", replacement: `127.0.0.1:${exporterPort}` },
    ],
    metric_relabel_configs: [
      { source_labels: ["__name__"], regex: "probe_(success|duration_seconds|http_duration_seconds)", action: "keep" },
    ],
  });
  const indexes = Array.from({ length: count }, (_, index) => index);
  const config = directory.file("prometheus.yml");
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: `${INTERVAL_MS / 1_000}s`, scrape_timeout: "10s" },
      scrape_configs: [
        job(
          "http",
          indexes.filter((index) => !isTcp(index)).map((index) => `http://127.0.0.1:${targets.http}/${index}`),
        ),
        job(
          "tcp",
          indexes.filter(isTcp).map(() => `127.0.0.1:${targets.tcp}`),
        ),
      ],
    }),
  );
  const program = await startProgram([
    ...["prometheus", `--config.file=${config}`, `--storage.tsdb.path=${directory.file("data")}`],
    ...[`--web.listen-address=127.0.0.1:${port}`, "--log.level=warn"],
  ]).catch(() => undefined);
  if (program === undefined) return "Debian's prometheus is not installed and was left out.";
  await using _program = program;
  await delay(INTERVAL_MS + SETTLE_MS);
  await counted(targets);
  const before = [exporter, program].map(({ pid }) => processCost(pid));
  await delay(MEASURED_MS);
  const [looking, storing] = [exporter, program].map(({ pid }, index) =>
    costPerMinute(before[index]!, processCost(pid)),
  );
  const seconds = await counted(targets);
  const sum = {
    ...looking!,
    cpuMsPerMinute: looking!.cpuMsPerMinute + storing!.cpuMsPerMinute,
    cpuRatio: looking!.cpuRatio + storing!.cpuRatio,
    residentBytes: looking!.residentBytes + storing!.residentBytes,
  };
  return [
    rowOf("blackbox_exporter and Prometheus", sum, seconds),
    rowOf("  of it blackbox_exporter", looking!, seconds),
  ];
}

async function manySessions(address: string): Promise<readonly BenchSession[]> {
  const first = await signIn(address);
  const sessions = [first];
  for (let number = 2; number <= USERS; number++) {
    const name = `bench-${number}`;
    await patiently(() => ask(address, first, "POST", "users", { name, password: PASSWORD, role: "admin" }));
    sessions.push(await signIn(address, name, `10.0.0.${number}`));
  }
  return sessions;
}

/** Asks again where the hub wants a pause. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!String(error).includes(" 429 ") && !String(error).includes(": 429")) throw error;
      await delay(1_000);
    }
  }
}
