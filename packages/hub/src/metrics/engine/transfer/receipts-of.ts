import type { DatabaseSync } from "node:sqlite";
import { addSequences } from "@muster/core";
import type { SequenceRanges } from "@muster/core";

/** What is stored of the streams of a server; the newest numbers stand in the journal only. */
export function receiptsOf(db: DatabaseSync, server: number): ReadonlyMap<string, SequenceRanges> {
  const rows = db.prepare(
    `SELECT stream, first, last FROM receipt WHERE stream IN (SELECT stream FROM receipt WHERE server = :server)
     UNION ALL
     SELECT stream, seq, seq FROM journal JOIN server ON server.id = journal.server
     WHERE server = :server AND journal.id > journal_done AND stream IS NOT NULL
     ORDER BY 1, 2`,
  );
  const found = new Map<string, SequenceRanges>();
  for (const row of rows.iterate({ server })) {
    const stream = String(row["stream"]);
    found.set(stream, addSequences(found.get(stream) ?? [], Number(row["first"]), Number(row["last"])));
  }
  return found;
}
