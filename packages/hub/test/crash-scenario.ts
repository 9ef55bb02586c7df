import { DAY_MS, HOUR_MS, isMusterError, MINUTE_MS, SECOND_MS } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { CLOSED_MS } from "../src/metrics/engine/schema.ts";
import type { Row } from "../src/metrics/metric-store.ts";

/** A stretch of hours begins here, so that it can be closed. */
export const BEGIN = 500 * CLOSED_MS;
/** Before this, samples become minutes; before the other one everything is dropped. */
export const MINUTES_BEFORE = BEGIN + 2 * HOUR_MS;
export const DROPPED_BEFORE = BEGIN + 3 * HOUR_MS;
export const LIMITS = { retentionMs: 1e13, futureSkewMs: 1e13, seriesPerServerMax: 100 };
const ROWS_PER_BATCH = 6;
const LATE_SEQ = 6;

export interface ScenarioBatch {
  readonly serverId: string;
  readonly seq: number;
  readonly rows: readonly Row[];
}

export const METRICS = ["busy_ratio", "sent_bytes_total"] as const;

/** What a batch holds follows from its number: three readings in each of two minutes, a quarter of an hour apart. */
export function scenarioBatch(serverId: string, seq: number): ScenarioBatch {
  // Number 6 comes late, between the readings of number 0; what follows it is of later days.
  const from = seq === LATE_SEQ ? BEGIN + 10 * SECOND_MS : BEGIN + seq * 30 * MINUTE_MS + dayOf(seq) * DAY_MS;
  const rows = Array.from({ length: ROWS_PER_BATCH }, (_, index) => ({
    at: from + Math.floor(index / 3) * 15 * MINUTE_MS + (index % 3) * 20 * SECOND_MS,
    values: Float64Array.of(((seq * 7 + index * 3) % 11) / 16, seq * 1_000 + index),
  }));
  return { serverId, seq, rows };
}

const dayOf = (seq: number): number => (seq < LATE_SEQ ? 0 : seq < 9 ? 1 : 36);

export interface Step {
  readonly name: string;
  readonly at: Instant;
  run(store: EngineMetricStore): Promise<unknown>;
}

const append = (serverId: string, seq: number, at: Instant): Step => ({
  name: `append ${serverId} ${seq}`,
  at,
  run: (store) => appendBatch(store, scenarioBatch(serverId, seq)),
});

/** Series that are there keep their ids, so a batch may be sent again. */
async function appendBatch(store: EngineMetricStore, { serverId, seq, rows }: ScenarioBatch): Promise<void> {
  const descriptions = METRICS.map((metric) => ({ metric, labels: {} }));
  const series = (await store.series(serverId, descriptions)) as number[];
  await store.append({ serverId, receipt: { stream: serverId, seq }, series, rows });
}

const seal = (at: Instant): Step => ({ name: "seal", at, run: (store) => store.seal() });

const FIRST_DAY = BEGIN + 6 * HOUR_MS;
const SECOND_DAY = BEGIN + 27 * HOUR_MS;
const LAST_DAY = BEGIN + 37 * DAY_MS;
/** The plain file's samples are of January 2027. */
const END_OF_PLAIN = 1_800_000_000_000 + DAY_MS;
const KEPT_MS = 2_000 * DAY_MS;

/** Everything a store does in its life, in small: each part is between an opening and a closing. */
export const PARTS = {
  storing: [
    ...[0, 1, 2, 3, 4, 5].map((seq) => append("alpha", seq, FIRST_DAY)),
    ...[0, 1, 4].map((seq) => append("gone", seq, FIRST_DAY)),
    seal(FIRST_DAY),
    append("alpha", LATE_SEQ, FIRST_DAY),
    seal(FIRST_DAY),
  ],
  ageing: [
    ...[7, 8].map((seq) => append("alpha", seq, SECOND_DAY)),
    append("gone", 7, SECOND_DAY),
    {
      name: "minutes",
      at: SECOND_DAY,
      run: (store) =>
        store.retain({ samplesMs: SECOND_DAY - MINUTES_BEFORE, minutesMs: KEPT_MS, hoursMs: 2 * KEPT_MS }),
    },
    append("alpha", 9, LAST_DAY),
    seal(LAST_DAY),
    { name: "delete gone", at: LAST_DAY, run: (store) => store.deleteServer("gone") },
    { name: "drop", at: LAST_DAY, run: (store) => store.dropBefore(DROPPED_BEFORE) },
  ],
  /** On a file of the plain store: brought up to date, sealed, and at the next opening written anew. */
  migrating: [seal(END_OF_PLAIN)],
  reopening: [],
} satisfies Readonly<Record<string, readonly Step[]>>;
export type PartName = keyof typeof PARTS;

/** Tells the beginning, the failures and the end of each step. */
export type Say = (line: string) => void;

/**
 * Runs one part on a file, one step after the other. It may be run again on what a crash left, and then ends where it
 * would have ended without. A step that fails is tried again as long as there are attempts, and then ends the run.
 */
export async function runPart(path: string, steps: readonly Step[], say: Say, attemptsMax = 1): Promise<void> {
  let now = FIRST_DAY;
  const clock: Clock = { now: () => now, monotonic: () => 0, after: () => ({ cancel: () => undefined }) };
  const store = await EngineMetricStore.open({ path, ...LIMITS }, { clock });
  try {
    for (const step of steps) {
      now = step.at;
      say(`begin ${step.name}`);
      await runStep(store, step, say, attemptsMax);
      say(`end ${step.name}`);
    }
  } finally {
    await store.close();
  }
}

async function runStep(store: EngineMetricStore, step: Step, say: Say, attemptsMax: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await step.run(store);
      return;
    } catch (error) {
      say(`failed ${isMusterError(error) ? error.code : String(error)}`);
      if (attempt >= attemptsMax) throw error;
    }
  }
}
