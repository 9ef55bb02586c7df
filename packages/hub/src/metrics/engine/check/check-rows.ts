import type { DatabaseSync } from "node:sqlite";
import { seriesOf } from "../layouts.ts";
import type { Findings } from "./findings.ts";

const OF_A_SERVER = ["series", "layout", "frame", "block", "series_hours", "receipt"] as const;

/** Rows whose server is not there, layouts of series that are not there, and deletions that are not done. */
export function checkBelonging(db: DatabaseSync, findings: Findings): void {
  for (const table of OF_A_SERVER) {
    const rows = db.prepare(
      `SELECT server, count(*) AS rows FROM ${table}
       WHERE server IS NOT NULL AND server NOT IN (SELECT id FROM server) GROUP BY server`,
    );
    for (const row of rows.all()) {
      findings.add("orphan", `${Number(row["rows"])} rows of ${table}, server ${Number(row["server"])}`);
    }
  }
  const known = new Set(
    db
      .prepare("SELECT id FROM series")
      .all()
      .map((row) => Number(row["id"])),
  );
  for (const row of db.prepare("SELECT id, series FROM layout").iterate()) {
    const missing = seriesOf(row["series"] as Uint8Array).filter((id) => !known.has(id));
    if (missing.length > 0) findings.add("layout-orphan", `layout ${Number(row["id"])}: series ${missing.join(", ")}`);
  }
  for (const row of db.prepare("SELECT id FROM server WHERE name IS NULL").iterate()) {
    findings.add("deletion-unfinished", `server ${Number(row["id"])}`);
  }
}

/** Ranges of a stream ascend and do not touch. */
export function checkReceipts(db: DatabaseSync, findings: Findings): void {
  let before: { readonly stream: string; readonly last: number } | undefined;
  for (const row of db.prepare("SELECT stream, first, last FROM receipt ORDER BY stream, first").iterate()) {
    const [stream, first, last] = [String(row["stream"]), Number(row["first"]), Number(row["last"])];
    const touches = before?.stream === stream && first <= before.last + 1;
    if (touches || last < first || first < 0) findings.add("receipt-disorder", `${stream}: ${first} to ${last}`);
    before = { stream, last };
  }
}

/** What is kept as a number beside what it counts. */
export function checkCounts(
  db: DatabaseSync,
  findings: Findings,
  held: { readonly samples: number; readonly stock: ReadonlyMap<string, { samples: number; bytes: number }> },
): void {
  const told = Number(db.prepare("SELECT samples FROM tally").get()?.["samples"]);
  if (told !== held.samples) findings.add("tally-wrong", `${told} instead of ${held.samples}`);
  const left = new Map(held.stock);
  for (const row of db.prepare("SELECT resolution, day, samples, bytes FROM stock").iterate()) {
    const key = `${Number(row["resolution"])} ${Number(row["day"])}`;
    const day = left.get(key) ?? { samples: 0, bytes: 0 };
    left.delete(key);
    if (day.samples === Number(row["samples"]) && day.bytes === Number(row["bytes"])) continue;
    findings.add("stock-wrong", `resolution and day ${key}: ${Number(row["samples"])} instead of ${day.samples}`);
  }
  for (const [key, day] of left) if (day.bytes > 0) findings.add("stock-wrong", `resolution and day ${key}: nothing`);
}
