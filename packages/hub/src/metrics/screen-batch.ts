import { MusterError } from "@muster/core";
import type { Instant } from "@muster/core";
import type { AppendResult, Batch, Row } from "./metric-store.ts";

export interface ScreenedBatch {
  /** The rows whose instant is acceptable. */
  readonly rows: readonly Row[];
  readonly tooOldCount: number;
  readonly farFutureCount: number;
}

/**
 * Sorts out rows by their time: both bounds of what is accepted belong to it. A batch of a wrong shape is the sender's
 * programming error and throws BAD_REQUEST.
 */
export function screenBatch(
  batch: Batch,
  { from: oldest, to: newest }: { readonly from: Instant; readonly to: Instant },
): ScreenedBatch {
  assertShape(batch);
  const isAccepted = (row: Row): boolean => row.at >= oldest && row.at <= newest;
  // Nearly every batch is accepted whole.
  if (batch.rows.every(isAccepted)) return { rows: batch.rows, tooOldCount: 0, farFutureCount: 0 };
  return {
    rows: batch.rows.filter(isAccepted),
    tooOldCount: readCount(batch.rows.filter((row) => row.at < oldest)),
    farFutureCount: readCount(batch.rows.filter((row) => row.at > newest)),
  };
}

const readCount = (rows: readonly Row[]): number =>
  rows.reduce((sum, row) => sum + row.values.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0), 0);

function assertShape(batch: Batch): void {
  const { receipt } = batch;
  if (receipt !== undefined && !(Number.isSafeInteger(receipt.seq) && receipt.seq >= 0)) {
    throw new MusterError("BAD_REQUEST", { fields: { "receipt.seq": "is not a whole number from 0 on" } });
  }
  for (const [index, row] of batch.rows.entries()) {
    if (!Number.isSafeInteger(row.at)) {
      throw new MusterError("BAD_REQUEST", {
        fields: { [`rows[${index}].at`]: "is not a whole number of milliseconds" },
      });
    }
    if (row.values.length !== batch.series.length) {
      throw new MusterError("BAD_REQUEST", { fields: { [`rows[${index}].values`]: "has another length than series" } });
    }
  }
}

/** The reasons that occurred. */
export function rejectedCounts(counts: {
  readonly tooOldCount: number;
  readonly farFutureCount: number;
  readonly duplicateCount: number;
  readonly unknownSeriesCount: number;
}): AppendResult["rejected"] {
  return {
    ...(counts.tooOldCount > 0 && { "too-old": counts.tooOldCount }),
    ...(counts.farFutureCount > 0 && { "far-future": counts.farFutureCount }),
    ...(counts.duplicateCount > 0 && { duplicate: counts.duplicateCount }),
    ...(counts.unknownSeriesCount > 0 && { "unknown-series": counts.unknownSeriesCount }),
  };
}
