// The hub's store over many simulated days of a few hosts, sealed each simulated hour. Told as JSON: path, set, days on
// which to look, and retention, if any, which then runs each simulated hour. Prints a line of JSON a look.
import { processCost } from "../process-cost.ts";
import { quantile } from "../quantile.ts";
import { SET_START, hostReadings } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";
import { appendBatch, openMuster, serverName, storeBytes, told } from "./open-muster.ts";
import type { OpenMuster } from "./open-muster.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROUNDS = 20;
const SCREEN_POINTS = 1_000;

export interface GrowthTask {
  readonly path: string;
  readonly set: DataSet;
  readonly days: readonly number[];
  readonly retention?: { readonly samplesMs: number; readonly minutesMs: number; readonly hoursMs: number };
}

export interface GrowthLook {
  readonly day: number;
  readonly samples: number;
  readonly fileBytes: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly openMs: number;
  /** Medians: the last day at 10 s, an hour in the middle at 10 s, all days at screen width. */
  readonly dayMs: number;
  readonly hourMs: number;
  readonly allMs: number;
}

const { path, set, days, retention } = told<GrowthTask>();
const hourRows = HOUR_MS / set.stepMs;
const next = Array.from({ length: set.hosts }, (_, host) => hostReadings(set, host));
let muster = await openMuster(path, set);
let seq = 0;

async function liveAnHour(): Promise<void> {
  await Promise.all(
    next.map((reading, host) => appendBatch(muster, { host, rows: Array.from({ length: hourRows }, reading) }, seq)),
  );
  seq++;
  muster.clock.set(SET_START + seq * HOUR_MS);
  await muster.clock.fire();
  if (retention !== undefined) await muster.store.retain(retention);
}

async function medianMs({ store }: OpenMuster, from: number, until: number, stepMs: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const askedMs = performance.now();
    await store.query(
      {
        serverIds: [serverName(round % set.hosts)],
        select: [{ metric: "memory_used_bytes", match: {}, step: "avg" }],
        range: { from, until },
        stepMs,
        pointsMax: 1e7,
      },
      new AbortController().signal,
    );
    times.push(performance.now() - askedMs);
  }
  return quantile(times, 0.5);
}

async function look(day: number): Promise<GrowthLook> {
  const now = muster.clock.now();
  const { residentBytes, anonymousBytes } = processCost(process.pid);
  await muster.store.close();
  const fileBytes = storeBytes(path);
  const openedMs = performance.now();
  muster = await openMuster(path, set, now);
  const openMs = performance.now() - openedMs;
  const middle = SET_START + Math.floor(day / 2) * DAY_MS;
  // Steps that a page would choose: whole minutes, and whole hours from an hour on.
  const exactMs = (day * DAY_MS) / SCREEN_POINTS;
  const unitMs = exactMs < HOUR_MS ? 60_000 : HOUR_MS;
  const stepMs = Math.ceil(exactMs / unitMs) * unitMs;
  return {
    day,
    samples: (await muster.store.size()).sampleCount,
    fileBytes,
    residentBytes,
    anonymousBytes,
    openMs,
    dayMs: await medianMs(muster, now - DAY_MS, now, set.stepMs),
    hourMs: await medianMs(muster, middle, middle + HOUR_MS, set.stepMs),
    allMs: await medianMs(muster, SET_START, now, stepMs),
  };
}

for (const day of days) {
  while (seq < day * 24) await liveAnHour();
  process.stdout.write(`${JSON.stringify(await look(day))}\n`);
}
await muster.store.close();
