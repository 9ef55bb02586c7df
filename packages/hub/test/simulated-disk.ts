import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@muster/core";
import type { Operation } from "./system-calls.ts";

/** What a disk promises to write whole. */
const SECTOR_BYTES = 512;

type Change = Extract<Operation, { readonly is: "write" | "truncate" | "unlink" }>;

/** What of the changes that were not synced has reached the disk when the power goes. */
export type Reached = (change: Change) => "all" | "none" | "torn";

/**
 * Files as a program changed them. After a kill all changes are there. After a power cut those that a sync followed
 * are, and of the others any may be, in any order, and a write in part.
 */
export class SimulatedDisk {
  readonly #synced = new Map<string, Uint8Array>();
  readonly #pending: Change[] = [];

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    for (const [name, bytes] of Object.entries(files)) this.#synced.set(name, bytes);
  }

  apply(operation: Operation): void {
    if (operation.is === "told") return;
    if (operation.is !== "sync") return void this.#pending.push(operation);
    // Of a directory it makes durable which files there are; the names of new files come with their own sync.
    const isOf = (change: Change): boolean =>
      change.is === "unlink" ? !this.#isFile(operation.file) : change.file === operation.file;
    const changes = this.#pending.filter(isOf);
    this.#pending.splice(0, this.#pending.length, ...this.#pending.filter((change) => !isOf(change)));
    for (const change of changes) applyTo(this.#synced, change);
  }

  /** Writes the files as they are after a kill, or with a choice of what has reached the disk, into a directory. */
  writeTo(directory: string, names: readonly string[], reached: Reached = () => "all"): void {
    const files = new Map(this.#synced);
    for (const change of this.#pending) {
      const how = reached(change);
      if (how === "all") applyTo(files, change);
      else if (how === "torn") applyTo(files, torn(change));
    }
    for (const name of names) {
      const bytes = files.get(name);
      if (bytes === undefined) rmSync(join(directory, name), { force: true });
      else writeFileSync(join(directory, name), bytes);
    }
  }

  #isFile(name: string): boolean {
    return this.#synced.has(name) || this.#pending.some(({ file }) => file === name);
  }
}

/** Each change by itself reaches the disk, does not, or does in part. */
export const anyReached =
  (random: Random): Reached =>
  () => {
    const drawn = random();
    return drawn < 0.45 ? "all" : drawn < 0.9 ? "none" : "torn";
  };

function applyTo(files: Map<string, Uint8Array>, change: Change): void {
  if (change.is === "unlink") return void files.delete(change.file);
  const before = files.get(change.file) ?? new Uint8Array();
  const length = change.is === "write" ? Math.max(before.length, change.offset + change.bytes.length) : change.length;
  const after = new Uint8Array(length);
  after.set(before.subarray(0, length));
  if (change.is === "write") after.set(change.bytes, change.offset);
  files.set(change.file, after);
}

/** The first half of a write, in whole sectors. */
function torn(change: Change): Change {
  if (change.is !== "write") return change;
  const bytes = Math.floor(change.bytes.length / 2 / SECTOR_BYTES) * SECTOR_BYTES;
  return { ...change, bytes: change.bytes.subarray(0, bytes) };
}
