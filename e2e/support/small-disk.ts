import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { startProgram } from "@muster/testkit";
import type { Program, ProgramOptions } from "@muster/testkit";

/**
 * Starts a program for which `directory` is a disk of its own, of a bounded size. The disk is mounted in a namespace
 * that ends with the program, so nothing can be left mounted. Needs root.
 */
export function startWithSmallDisk(
  directory: string,
  size: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const script = 'mount -t tmpfs -o "size=$1,mode=0700" small-disk "$2" && shift 2 && exec "$@"';
  return startProgram(
    ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script, "sh", size, directory, ...argv],
    options,
  );
}

/** The filler on the small disk of a program, seen from outside of its namespace. */
const fillerPath = (program: Program, directory: string): string => `/proc/${program.pid}/root${directory}/filler`;

/** Writes until nothing goes any more; the bytes written. What frees space meanwhile is taken by a later call. */
export function fillSmallDisk(program: Program, directory: string): number {
  const file = openSync(fillerPath(program, directory), "a");
  let writtenBytes = 0;
  try {
    for (let pieceBytes = 65_536; pieceBytes >= 1; pieceBytes = Math.floor(pieceBytes / 2)) {
      try {
        for (;;) writtenBytes += writeSync(file, Buffer.alloc(pieceBytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(file);
  }
  return writtenBytes;
}

export const emptySmallDisk = (program: Program, directory: string): void => rmSync(fillerPath(program, directory));
