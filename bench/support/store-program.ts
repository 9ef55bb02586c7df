// A store of the hub alone in its process: takes what a fleet tells, and answers the questions of the benchmark.
// Arguments: file, hosts, hours. Prints one line of JSON.
import { statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createMetricStore } from "@muster/hub";
import { FLEET_START as START, FLEET_STEP_MS as STEP_MS, HOST_METRICS, HostSamples } from "./fleet-samples.ts";
import { median } from "./median.ts";

const HOUR_MS = 3_600_000;
const ROWS_PER_BATCH = 60;
const [path = "", hostsText = "", hoursText = ""] = process.argv.slice(2);
const hosts = Number(hostsText);
const rows = (Number(hoursText) * HOUR_MS) / STEP_MS;
const limits = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 100 };
const timers: (() => void)[] = [];
let now = START;
const clock = {
  now: () => now,
  monotonic: () => performance.now(),
  after(_delayMs: number, fn: () => void) {
    timers.push(fn);
    return { cancel: () => void timers.splice(timers.indexOf(fn), 1) };
  },
};

/** What `take` is given for all hosts, hour by hour. */
async function tell(
  take: (host: number, at: number, values: readonly Float64Array[]) => Promise<unknown>,
): Promise<void> {
  const told = Array.from({ length: hosts }, (_, host) => new HostSamples(host));
  for (let row = 0; row < rows; row += ROWS_PER_BATCH) {
    const at = START + row * STEP_MS;
    await Promise.all(
      told.map((host, index) =>
        take(
          index,
          at,
          Array.from({ length: ROWS_PER_BATCH }, () => host.next(STEP_MS)),
        ),
      ),
    );
    now = at + ROWS_PER_BATCH * STEP_MS;
    for (const fire of timers.splice(0)) fire();
  }
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const generating = cpuSeconds();
await tell(() => Promise.resolve());
const generated = cpuSeconds() - generating;
now = START;

const store = await createMetricStore({ kind: "engine", path, ...limits }, { clock });
const series = await Promise.all(
  Array.from({ length: hosts }, (_, host) =>
    store.series(
      `host${host}`,
      HOST_METRICS.map((metric) => ({ metric, labels: {} })),
    ),
  ),
);
const before = cpuSeconds();
const startedAt = performance.now();
await tell((host, at, values) =>
  store.append({
    serverId: `host${host}`,
    series: series[host] as readonly number[],
    rows: values.map((row, index) => ({ at: at + index * STEP_MS, values: row })),
    receipt: { stream: `host${host}`, seq: (at - START) / STEP_MS / ROWS_PER_BATCH },
  }),
);
const ingestSeconds = (performance.now() - startedAt) / 1_000;
now += 12 * HOUR_MS;
// The next timer is set when a round of sealing is over; the second round begins after the time has passed.
for (let round = 0; round < 2; round++) {
  for (const fire of timers.splice(0)) fire();
  while (timers.length === 0) await setTimeout(2);
}
await store.dropBefore(0);
const samples = hosts * rows * HOST_METRICS.length;
const cpuPerMillion = (cpuSeconds() - before - generated) / (samples / 1e6);
const { sampleCount } = await store.size();

const end = START + rows * STEP_MS;
const signal = new AbortController().signal;
const ask = async (query: {
  metric: string;
  hours: number;
  stepMs: number;
  allHosts: boolean;
  step: "avg" | "rate";
}) => {
  const times: number[] = [];
  for (let round = 0; round < 40; round++) {
    const asked = performance.now();
    await store.query(
      {
        serverIds: query.allHosts ? series.map((_, host) => `host${host}`) : [`host${round % hosts}`],
        select: [{ metric: query.metric, match: {}, step: query.step }],
        range: { from: end - query.hours * HOUR_MS, until: end },
        stepMs: query.stepMs,
        pointsMax: 1e7,
      },
      signal,
    );
    times.push(performance.now() - asked);
  }
  return median(times);
};
const queries = {
  day: await ask({ metric: "memory_used_bytes", hours: 24, stepMs: STEP_MS, allHosts: false, step: "avg" }),
  dayRate: await ask({ metric: "network_sent_bytes_total", hours: 24, stepMs: 60_000, allHosts: false, step: "rate" }),
  dayHours: await ask({ metric: "cpu_busy_ratio", hours: 24, stepMs: HOUR_MS, allHosts: false, step: "avg" }),
  hourAll: await ask({ metric: "cpu_busy_ratio", hours: 1, stepMs: HOUR_MS, allHosts: true, step: "avg" }),
};
const rss = process.resourceUsage().maxRSS * 1024;
await store.close();
const bytes = statSync(path).size;
process.stdout.write(
  `${JSON.stringify({ samples, sampleCount, cpuPerMillion, ingestSeconds, bytesPerSample: bytes / samples, rss, queries })}\n`,
);
