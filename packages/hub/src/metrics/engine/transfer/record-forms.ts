import type { Instant, Labels, TimeRange } from "@muster/core";

/** The first record. `since`: from when on each resolution is whole in the store that was exported. */
export interface HeadRecord {
  readonly muster: string;
  readonly exportedAt: Instant;
  readonly since: readonly { readonly resolutionMs: number; readonly since: Instant }[];
}

/** Begins what belongs to a server; the numbers of its series hold until the next one. */
export interface ServerRecord {
  readonly server: string;
  readonly series: readonly { readonly id: number; readonly metric: string; readonly labels: Labels }[];
}

export interface ReceiptsRecord {
  readonly stream: string;
  readonly ranges: readonly (readonly [number, number])[];
}

/** The last record, for comparing. */
export interface StoreCounts {
  readonly servers: number;
  readonly series: number;
  readonly samples: number;
  /** Minutes and hours, each of one series. */
  readonly rollUps: number;
}

const HEAD_BYTES = 20;

/** Roll-ups: resolution as uint32, both bounds as float64, the packed block. */
export function rollUpsBody(resolutionMs: number, { from, until }: TimeRange, packed: Uint8Array): Uint8Array {
  const body = Buffer.allocUnsafe(HEAD_BYTES + packed.length);
  body.writeUInt32LE(resolutionMs, 0);
  body.writeDoubleLE(from, 4);
  body.writeDoubleLE(until, 12);
  body.set(packed, HEAD_BYTES);
  return body;
}

export function readRollUps(
  body: Uint8Array,
): TimeRange & { readonly resolutionMs: number; readonly packed: Uint8Array } {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const [resolutionMs, from, until] = [view.readUInt32LE(0), view.readDoubleLE(4), view.readDoubleLE(12)];
  return { resolutionMs, from, until, packed: body.subarray(HEAD_BYTES) };
}

export const readJson = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString("utf8"));
