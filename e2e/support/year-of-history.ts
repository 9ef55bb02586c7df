import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@muster/core";
import { createMetricStore } from "@muster/hub";
import { systemClock } from "@muster/node-kit";

/** A server whose past is made up. `place` sets its lines apart from those of others. */
export interface HistoryServer {
  readonly id: string;
  readonly place: number;
  readonly days: number;
}

/** The last day every ten seconds, two before it every minute, five weeks every ten minutes, the rest four times a day. */
const DENSITIES = [
  { reachMs: DAY_MS, stepMs: 10 * SECOND_MS },
  { reachMs: 3 * DAY_MS, stepMs: MINUTE_MS },
  { reachMs: 35 * DAY_MS, stepMs: 10 * MINUTE_MS },
  { reachMs: Number.POSITIVE_INFINITY, stepMs: 6 * HOUR_MS },
];
const RUSH_MS = 10 * MINUTE_MS;
/** About as much as an agent sends at once. */
const ROWS_A_BATCH = 60;
/** Readings older than this become minutes and hours, as they do in a hub that has run for so long. */
const RETENTION = { samplesMs: 30 * DAY_MS, minutesMs: 180 * DAY_MS, hoursMs: 1_825 * DAY_MS };

interface MadeSeries {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: (at: number, place: number) => number;
}

/** A day's wave between 0 and 1. */
const wave = (at: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * (at % DAY_MS)) / DAY_MS);
/** Once a day, for ten minutes, everything is busy: only a band over the day still shows it. */
const isRush = (at: number): boolean => at % DAY_MS < RUSH_MS;
const busy = (at: number, place: number): number =>
  isRush(at) ? 0.97 : 0.1 + 0.08 * place + 0.25 * wave(at) + 0.08 * Math.sin(at / (20 * DAY_MS) + place);

const SERIES: readonly MadeSeries[] = [
  { metric: "cpu_busy_ratio", labels: {}, value: busy },
  { metric: "memory_used_ratio", labels: {}, value: (at, place) => 0.3 + 0.1 * place + 0.1 * wave(at + 6 * HOUR_MS) },
  { metric: "load1", labels: {}, value: (at, place) => 4 * busy(at, place) },
  ...["/", "/data"].map((mount, index) => ({
    metric: "filesystem_used_ratio",
    labels: { mount },
    value: (at: number, place: number) => 0.2 + 0.1 * index + 0.05 * place + ((at / DAY_MS) % 400) / 1_000,
  })),
  {
    metric: "network_machine_receive_bytes_total",
    labels: {},
    value: (at, place) => (at / 1_000) * (200_000 + 50_000 * place),
  },
  { metric: "network_machine_transmit_bytes_total", labels: {}, value: (at) => (at / 1_000) * 80_000 },
  { metric: "temperature_celsius", labels: { sensor: "cpu" }, value: (at, place) => 40 + 3 * place + 12 * wave(at) },
];

/** Writes readings that end at `until` into the data directory of a hub that does not run. */
export async function writeHistory(dataDir: string, servers: readonly HistoryServer[], until: number): Promise<void> {
  const store = await createMetricStore(
    {
      kind: "engine",
      path: `${dataDir}/metrics.db`,
      retentionMs: 10_000 * DAY_MS,
      futureSkewMs: HOUR_MS,
      seriesPerServerMax: 1_000,
    },
    { clock: systemClock },
  );
  try {
    for (const { id, place, days } of servers) {
      const ids = await store.series(
        id,
        SERIES.map(({ metric, labels }) => ({ metric, labels })),
      );
      const series = ids.filter((one) => one !== undefined);
      const times = timesUntil(until, days);
      const appends: Promise<unknown>[] = [];
      for (let start = 0; start < times.length; start += ROWS_A_BATCH) {
        const rows = times
          .slice(start, start + ROWS_A_BATCH)
          .map((at) => ({ at, values: Float64Array.from(SERIES, (one) => one.value(at, place)) }));
        appends.push(store.append({ serverId: id, series, rows }));
      }
      // Together, because the store makes a pause between what it makes durable.
      await Promise.all(appends);
    }
    await store.retain(RETENTION);
  } finally {
    await store.close();
  }
}

function timesUntil(until: number, days: number): readonly number[] {
  const times: number[] = [];
  let at = Math.floor(until / DAY_MS) * DAY_MS - days * DAY_MS;
  while (at < until) {
    times.push(at);
    at += DENSITIES.find(({ reachMs }) => until - at <= reachMs)?.stepMs ?? DAY_MS;
  }
  return times;
}
