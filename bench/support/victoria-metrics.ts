import { readdirSync, statSync } from "node:fs";
import { freePort, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { FLEET_START, FLEET_STEP_MS, HOST_METRICS, HostSamples } from "./fleet-samples.ts";
import { median } from "./median.ts";
import { processCost } from "./process-cost.ts";
import type { StoreFigures } from "./store-figures.ts";

const HOUR_MS = 3_600_000;
const ROWS_PER_REQUEST = 60;

/** The same samples into VictoriaMetrics, as influx lines: one a host and instant. Undefined where it is not installed. */
export async function measureVictoriaMetrics(hosts: number, hours: number): Promise<StoreFigures | undefined> {
  await using directory = await temporaryDirectory("bench-victoria");
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  await using program = await startProgram([
    "victoria-metrics",
    `-storageDataPath=${directory.file("data")}`,
    `-httpListenAddr=${address}`,
    "-retentionPeriod=100y",
    "-search.disableCache",
  ]);
  let hasEnded = false;
  void program.exited.then(() => (hasEnded = true));
  const answers = (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
  await waitFor(async () => hasEnded || (await answers()), { describe: "VictoriaMetrics answers", timeoutMs: 20_000 });
  if (hasEnded) return undefined;

  const before = processCost(program.pid);
  const startedAt = performance.now();
  const told = Array.from({ length: hosts }, (_, host) => new HostSamples(host));
  const rows = (hours * HOUR_MS) / FLEET_STEP_MS;
  for (let row = 0; row < rows; row += ROWS_PER_REQUEST) {
    const bodies = told.map((host, index) =>
      Array.from({ length: ROWS_PER_REQUEST }, (_, offset) => {
        const values = host.next(FLEET_STEP_MS);
        const fields = HOST_METRICS.map((metric, column) => `${metric}=${values[column]}`).join(",");
        return `m,host=host${index} ${fields} ${FLEET_START + (row + offset) * FLEET_STEP_MS}000000`;
      }).join("\n"),
    );
    await fetch(`${url}/write`, { method: "POST", body: bodies.join("\n") });
  }
  await fetch(`${url}/internal/force_flush`);
  const ingestSeconds = (performance.now() - startedAt) / 1_000;
  await fetch(`${url}/internal/force_merge`);
  const merged = async (): Promise<boolean> =>
    /^vm_active_force_merges 0$/m.test(await (await fetch(`${url}/metrics`)).text());
  await waitFor(merged, { describe: "parts are merged", timeoutMs: 60_000 });
  const after = processCost(program.pid);

  const end = FLEET_START + hours * HOUR_MS;
  const ask = async (query: (host: number) => string, asked: { hours: number; stepMs: number }): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 40; round++) {
      const start = (end - asked.hours * HOUR_MS) / 1_000;
      const parameters = new URLSearchParams({
        query: query(round % hosts),
        start: String(start),
        end: String(end / 1_000 - 1),
        step: String(asked.stepMs / 1_000),
        nocache: "1",
      });
      const askedAt = performance.now();
      const answer = await (await fetch(`${url}/api/v1/query_range?${parameters.toString()}`)).text();
      times.push(performance.now() - askedAt);
      if (!answer.includes('"values"')) throw new Error(`VictoriaMetrics answered ${answer.slice(0, 300)}`);
    }
    return median(times);
  };
  const queries = {
    day: await ask((host) => `m_memory_used_bytes{host="host${host}"}`, { hours: 24, stepMs: FLEET_STEP_MS }),
    dayRate: await ask((host) => `rate(m_network_sent_bytes_total{host="host${host}"}[1m])`, {
      hours: 24,
      stepMs: 60_000,
    }),
    dayHours: await ask((host) => `avg_over_time(m_cpu_busy_ratio{host="host${host}"}[1h])`, {
      hours: 24,
      stepMs: HOUR_MS,
    }),
    hourAll: await ask(() => "avg_over_time(m_cpu_busy_ratio[1h])", { hours: 1, stepMs: HOUR_MS }),
  };
  const samples = hosts * rows * HOST_METRICS.length;
  const { residentBytes } = processCost(program.pid);
  await program.stop();
  return {
    samples,
    cpuPerMillion: (after.cpuMs - before.cpuMs) / 1_000 / (samples / 1e6),
    ingestSeconds,
    bytesPerSample: sizeOf(directory.file("data")) / samples,
    rss: residentBytes,
    queries,
  };
}

function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(`${entry.parentPath}/${entry.name}`).size, 0);
}
