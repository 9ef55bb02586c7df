import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { damaged } from "./damaged.ts";

/**
 * Which rows have a value, as the lengths of runs: without, with, without … A series that came or went inside a block
 * takes two bytes; the worst, every second row, one byte a row.
 */
export function writePresence(values: Float64Array, to: ByteWriter): void {
  const runs: number[] = [];
  let isPresent = false;
  let length = 0;
  for (const value of values) {
    if (Number.isNaN(value) === isPresent) {
      runs.push(length);
      isPresent = !isPresent;
      length = 0;
    }
    length++;
  }
  runs.push(length);
  to.varint(runs.length);
  for (const run of runs) to.varint(run);
}

/** The numbers of the rows that have a value, ascending, at least one. */
export function readPresence(from: ByteReader, count: number): Int32Array {
  const runCount = from.varint();
  if (runCount > count + 1) throw damaged("A column has more runs than rows.");
  const rows = new Int32Array(count);
  let present = 0;
  let row = 0;
  for (let run = 0; run < runCount; run++) {
    const length = from.varint();
    if (length > count - row) throw damaged("A column has more rows than its block.");
    if (run % 2 === 1) for (let index = 0; index < length; index++) rows[present++] = row + index;
    row += length;
  }
  if (row !== count || present === 0) throw damaged("A column has other rows than its block.");
  return rows.subarray(0, present);
}
