import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isFields, isSupervisedName } from "@muster/core";
import type { Exit, Instant, SupervisedChild, UnitState, Wanted } from "@muster/core";
import { writeFileDurably } from "@muster/node-kit";

/** What must be known of a service after its agent was killed. Instants, since the next agent's durations begin anew. */
export interface RunRecord {
  /** Runs of another boot are gone, whatever their pid says. */
  readonly bootId: string;
  readonly wanted: Wanted;
  readonly state: UnitState;
  /** What ends `failed`; absent in records of before this was kept. */
  readonly until?: "asked" | "complete";
  readonly readiness: "ready" | "unknown";
  /** Written before the program is started, and its mark; null when nothing of it was started. */
  readonly runId: string | null;
  readonly child: SupervisedChild | null;
  readonly since: Instant;
  readonly startedAt: Instant | null;
  readonly restarts: number;
  readonly streak: number;
  readonly restartedAt: readonly Instant[];
  readonly lastExit: Exit | null;
  /** Where its log stood when the newest run was started; absent in records of before this was kept. */
  readonly logFrom?: number;
}

/** Records are filled up to a multiple of this, so that a shorter one covers the longer one before it. */
const BLOCK_BYTES = 1_024;

/**
 * One small file a service. What people want is durable when `write` returns. Where a run stands is written over in
 * place, which costs a restart next to nothing and survives the death of the agent; after a power cut no run is left
 * that it could describe, and only what is wanted is read from it.
 */
export class RunRecords {
  readonly #directory: string;
  readonly #written = new Map<string, { readonly wanted: Wanted; readonly bytes: number }>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  read(driver: string, name: string): RunRecord | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path(driver, name), "utf8");
    } catch {
      return undefined;
    }
    try {
      const record: unknown = JSON.parse(text);
      return isFields(record) && typeof record["bootId"] === "string" ? (record as unknown as RunRecord) : undefined;
    } catch {
      // Torn by a power cut. It begins with what people want, in the first sector of the disk.
      const wanted = /^\{"wanted":"(running|stopped|unasked)"/.exec(text)?.[1] as Wanted | undefined;
      return wanted === undefined ? undefined : { ...NOTHING_KNOWN, wanted };
    }
  }

  /** Throws when the disk does not take it. */
  write(driver: string, name: string, record: RunRecord): void {
    const path = this.#path(driver, name);
    const { wanted, ...rest } = record;
    const text = JSON.stringify({ wanted, ...rest });
    const before = this.#written.get(path);
    const bytes = Math.max(before?.bytes ?? 0, Math.ceil(Buffer.byteLength(text) / BLOCK_BYTES) * BLOCK_BYTES);
    const filled = text + " ".repeat(bytes - Buffer.byteLength(text));
    if (before?.wanted !== wanted || !writeInPlace(path, filled)) writeFileDurably(path, filled, 0o600);
    this.#written.set(path, { wanted, bytes });
  }

  remove(driver: string, name: string): void {
    const path = this.#path(driver, name);
    this.#written.delete(path);
    rmSync(path, { force: true });
  }

  /** Services of which there is a record, also those whose definition is gone meanwhile. */
  names(): readonly { readonly driver: "process" | "tmux"; readonly name: string }[] {
    return readdirSync(this.#directory).flatMap((file) => {
      const match = /^(process|tmux)\.(.+)\.json$/.exec(file);
      const driver = match?.[1] as "process" | "tmux" | undefined;
      const name = match?.[2];
      return driver !== undefined && name !== undefined && isSupervisedName(driver, name) ? [{ driver, name }] : [];
    });
  }

  #path(driver: string, name: string): string {
    return join(this.#directory, `${driver}.${name}.json`);
  }
}

const NOTHING_KNOWN: Omit<RunRecord, "wanted"> = {
  bootId: "",
  state: "stopped",
  readiness: "unknown",
  runId: null,
  child: null,
  since: 0,
  startedAt: null,
  restarts: 0,
  streak: 0,
  restartedAt: [],
  lastExit: null,
};

/** In one call, which a SIGKILL cannot cut in two. False when somebody took the file away. */
function writeInPlace(path: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r+");
  } catch {
    return false;
  }
  try {
    writeSync(descriptor, text, 0);
    return true;
  } finally {
    closeSync(descriptor);
  }
}
