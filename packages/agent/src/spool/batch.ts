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

/** The frame's text. `define` is sent with the first batch of a layout in a session. */
export function batchFrame(batch: Batch, layout: number, withDefinition: boolean, isLate: boolean): string {
  const define = withDefinition ? `,"define":${batch.define}` : "";
  const late = isLate ? ',"late":true' : "";
  return `{"t":"batch","seq":${batch.seq},"layout":${layout}${define},"rows":${batch.rows}${late}}`;
}
