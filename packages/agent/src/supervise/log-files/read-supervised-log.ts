import type { SupervisedPart } from "@muster/host";
import { readLayout } from "./log-layout.ts";
import type { LogPart } from "./log-layout.ts";

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

/** The same as host's reader of logs takes it, from a position on. */
export const supervisedParts = (directory: string, fromLogical = 0): readonly SupervisedPart[] =>
  readSupervisedLog(directory)
    .parts.filter(({ toLogical }) => toLogical > fromLogical)
    .map((part) => ({
      path: part.path,
      fromByte: Math.max(part.fromLogical, fromLogical),
      toByte: part.toLogical,
      zeroByte: part.zeroLogical,
    }));
