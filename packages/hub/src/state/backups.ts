import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import type { Clock } from "@muster/core";
import { asStorageError, syncDirectory } from "@muster/node-kit";

const NAME = /^state-\d{8}T\d{6}Z\.db$/;
/** Pages copied at a time; the hub goes on between them. */
const PAGES_AT_ONCE = 500;

export interface Backup {
  readonly path: string;
  readonly bytes: number;
  /** How many older ones were removed. */
  readonly removed: number;
}

/**
 * Copies of the state database, whole and consistent, while the hub goes on. They hold what the database holds: hashes of
 * passwords, sealed secrets, the audit log; no samples, and not the key-encryption key.
 */
export class Backups {
  readonly #source: string;
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(deps: { readonly source: string; readonly directory: string; readonly clock: Clock }) {
    this.#source = deps.source;
    this.#directory = deps.directory;
    this.#clock = deps.clock;
  }

  /** Makes one, durably, then removes all but the newest so many. Throws STORAGE_FULL, STORAGE_FAILED. */
  async make(keep: number): Promise<Backup> {
    const stamp = new Date(this.#clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const path = join(this.#directory, `state-${stamp}.db`);
    const unfinished = `${path}.unfinished`;
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      rmSync(unfinished, { force: true });
      const source = new DatabaseSync(this.#source, { readOnly: true });
      try {
        // Nobody else may read it, from its first byte on.
        closeSync(openSync(unfinished, "wx", 0o600));
        await backup(source, unfinished, { rate: PAGES_AT_ONCE });
      } finally {
        source.close();
      }
      chmodSync(unfinished, 0o600);
      syncFile(unfinished);
      renameSync(unfinished, path);
      syncDirectory(this.#directory);
      return { path, bytes: statSync(path).size, removed: this.#removeAllBut(keep) };
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw asStorageError(error);
    }
  }

  #removeAllBut(keep: number): number {
    const old = readdirSync(this.#directory)
      .filter((name) => NAME.test(name))
      .toSorted()
      .slice(0, -keep);
    for (const name of old) rmSync(join(this.#directory, name), { force: true });
    return old.length;
  }
}

function syncFile(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
