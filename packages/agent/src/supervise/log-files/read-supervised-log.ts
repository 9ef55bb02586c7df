import { closeSync, openSync, readSync } from "node:fs";
import { readLayout } from "./log-layout.ts";
import type { LogLayout, LogPart } from "./log-layout.ts";

/** What there is of a log: its files, oldest first, without an overlap; a hole between two means that bytes were dropped. */
export interface SupervisedLogParts {
  readonly parts: readonly LogPart[];
  /** First position that can still be read. */
  readonly fromLogical: number;
  /** Position of the next byte that will be written: a size to compare with when following. */
  readonly toLogical: number;
}

export function readSupervisedLog(directory: string): SupervisedLogParts {
  const { segments, live } = readLayout(directory);
  const parts = [...segments, ...(live === undefined ? [] : [live])].filter(
    (part) => part.toLogical > part.fromLogical,
  );
  return {
    parts,
    fromLogical: parts[0]?.fromLogical ?? live?.toLogical ?? 0,
    toLogical: Math.max(live?.toLogical ?? 0, segments.at(-1)?.toLogical ?? 0),
  };
}

export interface LogBytes {
  /** Where the bytes begin; later than asked when what was asked for is no longer kept. */
  readonly fromLogical: number;
  readonly bytes: Uint8Array;
}

const READ_TRIES_MAX = 8;

/**
 * At most `bytesMax` bytes from a position, from one file; empty at the end of the log. Safe beside the sealing: bytes
 * of the live file are believed only if they still were its own after they were read, since the hole reads as zeros.
 */
export function readSupervisedBytes(directory: string, fromLogical: number, bytesMax: number): LogBytes {
  let before = readLayout(directory);
  for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
    const parts = [...before.segments, ...(before.live === undefined ? [] : [before.live])];
    const part = parts.find((each) => each.toLogical > fromLogical && each.toLogical > each.fromLogical);
    if (part === undefined) return { fromLogical, bytes: new Uint8Array() };
    const from = Math.max(fromLogical, part.fromLogical);
    const bytes = readPart(part, from, Math.min(bytesMax, part.toLogical - from));
    const after = readLayout(directory);
    if (bytes !== undefined && isStillOwn(part, from, after)) return { fromLogical: from, bytes };
    before = after;
  }
  throw new Error("the log is rotated faster than it can be read");
}

/** Whether what was read from this position of a part were its bytes, by how the log is afterwards. */
export function isStillOwn(part: LogPart, from: number, { live, segments }: LogLayout): boolean {
  if (segments.some(({ path }) => path === part.path)) return true;
  return live?.path === part.path && live.fromLogical <= from;
}

function readPart(part: LogPart, from: number, length: number): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(part.path, "r");
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(descriptor, bytes, 0, length, from - part.zeroLogical);
    return bytes.subarray(0, count);
  } finally {
    closeSync(descriptor);
  }
}
