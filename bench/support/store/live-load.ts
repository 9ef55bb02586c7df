import { setTimeout as delay } from "node:timers/promises";
import { SET_START, hostReadings } from "./fleet.ts";
import type { DataSet, Reading } from "./fleet.ts";

/** What a load at the pace of agents was answered. */
export interface LiveRun {
  readonly batches: number;
  readonly samples: number;
  /** From handing a batch over until its acknowledgement, one a batch. */
  readonly acknowledgedMs: readonly number[];
}

const PREPARED_ROWS = 12;

/** Readings made beforehand, so that making them costs nothing while the clock runs: a row a host and interval. */
export function prepareRows(set: DataSet): readonly (readonly Reading[])[] {
  return Array.from({ length: set.hosts }, (_, host) => {
    const next = hostReadings(set, host);
    return Array.from({ length: PREPARED_ROWS }, () => next());
  });
}

/**
 * Hands over a row of every host each interval, spread evenly over it as agents are, whatever the answers take; resolves
 * when all are answered. `send` gets the host, the row, and how many rows of the host there were before.
 */
export async function runLive(
  set: DataSet,
  load: { readonly rows: readonly (readonly Reading[])[]; readonly seconds: number; readonly firstRow: number },
  send: (host: number, row: Reading, index: number) => Promise<unknown>,
): Promise<LiveRun> {
  const total = Math.floor((load.seconds * 1_000 * set.hosts) / set.stepMs);
  const acknowledgedMs: number[] = [];
  const open = new Set<Promise<void>>();
  let samples = 0;
  const startedMs = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / set.stepMs) * set.hosts));
    for (; sent < due; sent++) {
      const host = sent % set.hosts;
      const index = load.firstRow + Math.floor(sent / set.hosts);
      const prepared = load.rows[host]![index % PREPARED_ROWS]!;
      const row = { at: SET_START + index * set.stepMs + (prepared.at % 1_000), values: prepared.values };
      samples += row.values.length;
      const handedMs = performance.now();
      const answered = send(host, row, index).then(() => {
        acknowledgedMs.push(performance.now() - handedMs);
        open.delete(answered);
      });
      open.add(answered);
    }
    // Until the next one is due: waking more often would be most of what a small load costs.
    await delay(Math.max(1, ((sent + 1) / set.hosts) * set.stepMs - (performance.now() - startedMs)));
  }
  await Promise.all(open);
  return { batches: total, samples, acknowledgedMs };
}
