import { existsSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createMetricStore } from "@muster/hub";
import { SET_START, metricsOf } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";
import type { HostBatch } from "./sample-file.ts";

const HOUR_MS = 3_600_000;
const bundledWorker = new URL("./engine-worker.mjs", import.meta.url);
/** The threads' entry beside this program where it is a bundle. */
const WORKER = existsSync(bundledWorker) ? { workerUrl: bundledWorker } : {};
const EVERYTHING = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 100 };

/** A clock that stands where it is put, and whose timers run when told: a store seals when the benchmark wants it. */
export class SimulatedClock {
  #now = SET_START;
  #due: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, fn: () => void): { cancel(): void } {
    // The pace of commits is real; only what waits for minutes is simulated.
    if (delayMs < 1_000) {
      const timer = setTimeout(fn, delayMs);
      return { cancel: () => clearTimeout(timer) };
    }
    this.#due.push(fn);
    return { cancel: () => void (this.#due = this.#due.filter((due) => due !== fn)) };
  }

  set(now: number): void {
    this.#now = now;
  }

  /** Runs what waits; resolves when the store has set its next timer, which it does when a round of sealing is over. */
  async fire(): Promise<void> {
    for (const fn of this.#due.splice(0)) fn();
    while (this.#due.length === 0) await delay(1);
  }
}

type MetricStore = Awaited<ReturnType<typeof createMetricStore>>;

/** The hub's store in this process, with the series of a data set. */
export interface OpenMuster {
  readonly store: MetricStore;
  readonly clock: SimulatedClock;
  /** The ids of each host's series. */
  readonly series: readonly (readonly number[])[];
}

export const serverName = (host: number): string => `host${host}`;

export async function openMuster(
  path: string,
  set: DataSet,
  now = SET_START,
  /** As the hub sets it for what agents send. */
  pace: { readonly commitPauseMs?: number } = {},
): Promise<OpenMuster> {
  const clock = new SimulatedClock();
  clock.set(now);
  const store = await createMetricStore({ kind: "engine", path, ...WORKER, ...EVERYTHING, ...pace }, { clock });
  const series = await Promise.all(
    Array.from({ length: set.hosts }, async (_, host) => {
      const descriptions = metricsOf(set, host).map((metric) => ({ metric, labels: {} }));
      return (await store.series(serverName(host), descriptions)) as readonly number[];
    }),
  );
  return { store, clock, series };
}

/** A batch as the hub hands it to the store; `seq` counts the batches of a host. */
export const appendBatch = ({ store, series }: OpenMuster, { host, rows }: HostBatch, seq: number) =>
  store.append({
    serverId: serverName(host),
    series: series[host]!,
    rows,
    receipt: { stream: serverName(host), seq },
  });

/** Seals and rolls up all that is there, gives empty pages back, and leaves the clock half a day after the end. */
export async function sealAll({ store, clock }: OpenMuster, end: number): Promise<void> {
  clock.set(end + 12 * HOUR_MS);
  for (let round = 0; round < 2; round++) await clock.fire();
  await store.retain({ samplesMs: 1e12, minutesMs: 1e12, hoursMs: 1e12 });
}

/** Processor seconds of all threads of this process. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Bytes of all files of a store. */
export const storeBytes = (path: string): number =>
  [path, `${path}-wal`, `${path}-shm`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

/** What a program of its own is told: its first argument, as JSON. */
export const told = <T>(): T => JSON.parse(process.argv[2]!) as T;
