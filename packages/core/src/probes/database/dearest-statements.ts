import type { ReportTable } from "../probe-result.ts";
import { amountIn, rowsOf } from "./database-row.ts";
import type { Asked, DatabaseRow } from "./database-row.ts";
import { statementText } from "./statement-text.ts";

/** Statements as a server's own statistics tell them. `totalMs`: how long all calls of one took together. */
export const dearestStatements = (
  asked: Asked,
  totalMs: (row: DatabaseRow) => number | null,
  note: string | undefined,
): ReportTable => ({
  key: "statements",
  columns: [
    { key: "statement" },
    { key: "calls", unit: "count" },
    { key: "mean", unit: "milliseconds" },
    { key: "total", unit: "seconds" },
  ],
  rows: rowsOf(asked).map((row) => {
    const [total, calls] = [totalMs(row), amountIn(row, "calls")];
    return [
      statementText(row["statement"]),
      calls,
      total === null || calls === null || calls === 0 ? null : total / calls,
      total === null ? null : total / 1_000,
    ];
  }),
  ...(note !== undefined && { note }),
});
