import type { DatabaseSync } from "node:sqlite";
import { ROLL_UP_FIELDS } from "@muster/core";
import type { Block, BlockReader, TimeRange } from "@muster/core";
import { unpackBlock } from "../block-bytes.ts";
import { bucketKey } from "../bucket-columns.ts";
import { unlessDamaged } from "../check/unless-damaged.ts";
import { CLOSED_MS } from "../schema.ts";

/** The hours of a server that lie side by side by series, as one block a stretch of CLOSED_MS, ascending. */
export function* closedHoursOf(
  db: DatabaseSync,
  server: number,
  onDamaged: () => void,
): Generator<{ readonly span: TimeRange; readonly block: Block }> {
  const select = db.prepare("SELECT series, packed FROM series_hours WHERE server = ? AND start = ? ORDER BY series");
  const starts = db.prepare("SELECT DISTINCT start FROM series_hours WHERE server = ? ORDER BY start").all(server);
  for (const start of starts.map((row) => Number(row["start"]))) {
    const readers = new Map<number, BlockReader>();
    for (const row of select.all(server, start)) {
      const reader = unlessDamaged(() => unpackBlock(row["packed"] as Uint8Array));
      if (reader === undefined) onDamaged();
      else readers.set(Number(row["series"]), reader);
    }
    if (readers.size === 0) continue;
    yield { span: { from: start, until: start + CLOSED_MS }, block: sideBySide(readers) };
  }
}

function sideBySide(readers: ReadonlyMap<number, BlockReader>): Block {
  const at = Float64Array.from(new Set([...readers.values()].flatMap((reader) => [...reader.at]))).sort();
  const rowOf = new Map([...at].map((start, row) => [start, row]));
  const columns = new Map<number, Float64Array>();
  for (const [series, reader] of readers) {
    for (const [field, name] of ROLL_UP_FIELDS.entries()) {
      const values = reader.column(field);
      if (values === undefined) continue;
      const column = new Float64Array(at.length).fill(NaN);
      for (const [row, value] of values.entries()) column[rowOf.get(reader.at[row] ?? NaN) ?? 0] = value;
      columns.set(bucketKey(series, name), column);
    }
  }
  return { at, columns };
}
