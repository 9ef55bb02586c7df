import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { SERIES_PER_HOST, hostReadings } from "./fleet.ts";
import type { DataSet, Reading } from "./fleet.ts";

export interface HostBatch {
  readonly host: number;
  readonly rows: readonly Reading[];
}

/** Values that were read; NaN is none. */
export const sampleCount = (rows: readonly Reading[]): number =>
  rows.reduce((sum, { values }) => values.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), sum), 0);

const ROW_NUMBERS = 1 + SERIES_PER_HOST;

/**
 * Writes all samples of a data set in the order in which they are sent: the batches of all hosts for one stretch of
 * time, then the next. A batch is its host and, per row, the instant and the values: little-endian float64 throughout.
 */
export function writeSampleFile(path: string, set: DataSet): void {
  const file = openSync(path, "w");
  const next = Array.from({ length: set.hosts }, (_, host) => hostReadings(set, host));
  const stretch = new Float64Array(set.hosts * (1 + set.rowsPerBatch * ROW_NUMBERS));
  for (let row = 0; row < set.rows; row += set.rowsPerBatch) {
    let place = 0;
    for (let host = 0; host < set.hosts; host++) {
      stretch[place++] = host;
      for (let offset = 0; offset < set.rowsPerBatch; offset++) {
        const { at, values } = next[host]!();
        stretch[place] = at;
        stretch.set(values, place + 1);
        place += ROW_NUMBERS;
      }
    }
    writeSync(file, stretch);
  }
  closeSync(file);
}

/** The batches of all hosts for one stretch of time at once, in the order of the file. */
export function* readSampleFile(path: string, set: DataSet): Iterable<readonly HostBatch[]> {
  const file = openSync(path, "r");
  const batchNumbers = 1 + set.rowsPerBatch * ROW_NUMBERS;
  const stretch = new Float64Array(set.hosts * batchNumbers);
  while (readSync(file, stretch) === stretch.byteLength) {
    yield Array.from({ length: set.hosts }, (_, index) => batchOf(stretch, index * batchNumbers, set.rowsPerBatch));
  }
  closeSync(file);
}

function batchOf(stretch: Float64Array, begin: number, rowsPerBatch: number): HostBatch {
  const rows = Array.from({ length: rowsPerBatch }, (_, offset): Reading => {
    const place = begin + 1 + offset * ROW_NUMBERS;
    // A copy of its own: a store may hand a row to another thread, and a view would take the whole stretch along.
    return { at: stretch[place]!, values: stretch.slice(place + 1, place + ROW_NUMBERS) };
  });
  return { host: stretch[begin]!, rows };
}
