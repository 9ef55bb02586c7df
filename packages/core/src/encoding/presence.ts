import type { ByteReader } from "./byte-reader.ts";
import { damaged } from "./damaged.ts";

/**
 * How a block of version 1 says for each column which rows have a value: by the lengths of runs without, with, without …
 * Answers the numbers of those that have one, ascending, at least one.
 */
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
