import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * One file of a service's log. A position is logical: bytes since the log began, over all files that were ever part of
 * it, so that a cursor means the same for ever.
 */
export interface LogPart {
  readonly path: string;
  /** [fromLogical, toLogical) is in this file. */
  readonly fromLogical: number;
  readonly toLogical: number;
  /** Where the file's own byte 0 stands: position in the file = logical − this. */
  readonly zeroLogical: number;
}

export interface LogLayout {
  /** Sealed files, oldest first. */
  readonly segments: readonly LogPart[];
  /** What the child writes to; undefined before the first start. What segments hold already is not part of it. */
  readonly live: LogPart | undefined;
  /** Live files that a newer one replaced, and copies that a crash left half-made. */
  readonly leftovers: readonly string[];
}

const DIGITS = 16;
const SEGMENT = /^([0-9]{16})\.log$/;
const LIVE = /^([0-9]{16})\.live$/;
const HALF = /^[0-9]{16}\.part$/;

/** Names carry the position of their first byte, so that nothing else has to be recorded and could be wrong. */
export const segmentPath = (directory: string, fromLogical: number): string =>
  join(directory, `${digits(fromLogical)}.log`);
export const livePath = (directory: string, zeroLogical: number): string =>
  join(directory, `${digits(zeroLogical)}.live`);
export const halfPath = (directory: string, fromLogical: number): string =>
  join(directory, `${digits(fromLogical)}.part`);
const digits = (position: number): string => String(position).padStart(DIGITS, "0");

/** The log as it is on disk at this moment; no directory is an empty log. */
export function readLayout(directory: string): LogLayout {
  let names: readonly string[];
  try {
    names = readdirSync(directory).toSorted();
  } catch {
    return { segments: [], live: undefined, leftovers: [] };
  }
  const segments = names.flatMap((name) => partOf(directory, name, SEGMENT) ?? []);
  const sealedTo = segments.at(-1)?.toLogical ?? 0;
  const lives = names.flatMap((name) => partOf(directory, name, LIVE) ?? []);
  const newest = lives.at(-1);
  const live =
    newest === undefined
      ? undefined
      : { ...newest, fromLogical: Math.max(newest.fromLogical, Math.min(sealedTo, newest.toLogical)) };
  const leftovers = [
    ...lives.slice(0, -1).map(({ path }) => path),
    ...names.filter((name) => HALF.test(name)).map((name) => join(directory, name)),
  ];
  return { segments, live, leftovers };
}

function partOf(directory: string, name: string, pattern: RegExp): LogPart | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const path = join(directory, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const fromLogical = Number(match[1]);
  return { path, fromLogical, toLogical: fromLogical + stat.size, zeroLogical: fromLogical };
}
