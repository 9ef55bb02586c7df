import type { Instant } from "@muster/core";

/** One numbered round: what is sent in one frame, kept as the texts it will be sent as. */
export interface Batch {
  readonly seq: number;
  /** JSON list of series. */
  readonly define: string;
  /** JSON list of rows. */
  readonly rows: string;
  readonly at: Instant;
  readonly samples: number;
}

/** How a batch goes: live and wanting an acknowledgement now, live and able to wait for it, or late out of the spool. */
export type Lane = "live" | "quiet" | "late";

/** The frame's text. `define` is sent with the first batch of a layout in a session. */
export function batchFrame(batch: Batch, layout: number, withDefinition: boolean, lane: Lane): string {
  const define = withDefinition ? `,"define":${batch.define}` : "";
  const mark = lane === "live" ? "" : `,"${lane}":true`;
  return `{"t":"batch","seq":${batch.seq},"layout":${layout}${define},"rows":${batch.rows}${mark}}`;
}
