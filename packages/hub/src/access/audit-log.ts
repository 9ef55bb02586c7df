import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import type { Clock, Instant } from "@muster/core";
import { asStorageError, escapeControls, sha256, toBase64url } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { Context, Field } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import { GroupCommit } from "../state/group-commit.ts";

/** One line of the log: an effect asked, its outcome, or a refusal. Never a secret, never a control character. */
export interface AuditEntry {
  readonly actor: string;
  readonly door: string;
  readonly action: string;
  readonly target: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly decision: "allowed" | "refused" | "succeeded" | "failed" | "unknown";
  readonly reason: string;
  readonly cmd: string | null;
}

export interface AuditRow extends AuditEntry {
  readonly seq: number;
  readonly time: Instant;
  readonly hash: string;
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** Writes more in the transaction of the rows, told where each of them stands. */
export type WriteAlong = (transaction: Database, heads: readonly AuditHead[]) => Promise<void>;

export interface AuditFilter {
  readonly before?: number | undefined;
  readonly limit: number;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

export interface AuditDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Signs checkpoints with the hub's key. */
  readonly sign: (context: Context, fields: readonly Field[]) => Uint8Array;
  readonly hubPub: Uint8Array;
  /** Append-only file of signed checkpoints; it shows a log whose tail was cut. */
  readonly checkpointFile: string;
  readonly epoch: number;
}

/** A signed statement of where the chain stood. */
export interface Checkpoint {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly time: Instant;
  readonly hubPub: string;
  readonly sig: string;
}

const CHECKPOINT_ROWS = 1_000;
const ROWS_PER_WRITE = 500;
const TEXT_CHARACTERS_MAX = 512;
export const FIRST_HASH = "0".repeat(64);

/** The hash of a row: over the hash before it and the row's bytes as stored (security.md section 7). */
export const auditHash = (previousHash: string, row: string): string =>
  Buffer.from(sha256(contextBytes("audit", [previousHash, row]))).toString("hex");

/** The hash-chained log. One writer at a time; a row is durable when `append` resolves. */
export class AuditLog {
  readonly #deps: AuditDeps;
  readonly #writes: GroupCommit;
  #head: AuditHead;
  /** Where the chain will stand when the transaction that goes on is durable. */
  #comingHead: AuditHead;
  #checkpointSeq = 0;

  private constructor(deps: AuditDeps, head: AuditHead) {
    this.#deps = deps;
    this.#head = head;
    this.#comingHead = head;
    this.#checkpointSeq = head.seq;
    this.#writes = new GroupCommit(deps.db, () => (this.#comingHead = this.#head));
  }

  static async open(deps: AuditDeps): Promise<AuditLog> {
    const last = await deps.db
      .selectFrom("audit")
      .select(["seq", "hash"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    return new AuditLog(deps, last ?? { seq: 0, hash: FIRST_HASH });
  }

  get head(): AuditHead {
    return this.#head;
  }

  /** Throws STORAGE_FULL or STORAGE_FAILED when the row cannot be made durable; then the effect must not happen. */
  async append(entry: AuditEntry, along?: WriteAlong): Promise<AuditHead> {
    const [head] = await this.appendAll([entry], along);
    return head!;
  }

  /** Several rows, and whatever `along` writes of them: all become durable together, or nothing does. Throws as `append`. */
  async appendAll(entries: readonly AuditEntry[], along?: WriteAlong): Promise<readonly AuditHead[]> {
    let heads: readonly AuditHead[];
    try {
      heads = await this.#writes.run((db) => this.#write(db, entries, along));
    } catch (error) {
      throw asStorageError(error);
    }
    const last = heads.at(-1);
    if (last !== undefined && last.seq > this.#head.seq) this.#head = last;
    if (this.#head.seq - this.#checkpointSeq >= CHECKPOINT_ROWS) this.checkpoint();
    return heads;
  }

  async #write(
    db: Database,
    entries: readonly AuditEntry[],
    along: WriteAlong | undefined,
  ): Promise<readonly AuditHead[]> {
    const before = this.#comingHead;
    const time = this.#deps.clock.now();
    let head = before;
    const rows = entries.map((entry) => {
      const seq = head.seq + 1;
      const row = JSON.stringify({ seq, time, ...(clean(entry) as AuditEntry) });
      const hash = auditHash(head.hash, row);
      head = { seq, hash };
      return { seq, row, hash };
    });
    const heads = rows.map(({ seq, hash }) => ({ seq, hash }));
    this.#comingHead = head;
    try {
      for (let from = 0; from < rows.length; from += ROWS_PER_WRITE)
        await db
          .insertInto("audit")
          .values(rows.slice(from, from + ROWS_PER_WRITE))
          .execute();
      await along?.(db, heads);
    } catch (error) {
      this.#comingHead = before;
      throw error;
    }
    return heads;
  }

  /** Signs where the chain stands, when it has grown since the last time. Undefined when it has not. */
  checkpoint(): Checkpoint | undefined {
    if (this.#head.seq === this.#checkpointSeq) return undefined;
    const { seq, hash } = this.#head;
    const time = this.#deps.clock.now();
    const sig = toBase64url(this.#deps.sign("checkpoint", [this.#deps.epoch, seq, hash, time]));
    const checkpoint = { epoch: this.#deps.epoch, seq, hash, time, hubPub: toBase64url(this.#deps.hubPub), sig };
    try {
      appendDurably(this.#deps.checkpointFile, `${JSON.stringify(checkpoint)}\n`);
    } catch (error) {
      throw asStorageError(error);
    }
    this.#checkpointSeq = seq;
    return checkpoint;
  }

  async list(filter: AuditFilter): Promise<readonly AuditRow[]> {
    let query = this.#deps.db.selectFrom("audit").select(["row", "hash"]).orderBy("seq", "desc").limit(filter.limit);
    if (filter.before !== undefined) query = query.where("seq", "<", filter.before);
    if (filter.actor !== undefined) query = query.where("actor", "=", filter.actor);
    if (filter.action !== undefined) query = query.where("action", "=", filter.action);
    if (filter.target !== undefined) query = query.where("target", "=", filter.target);
    const rows = await query.execute();
    return rows.map(({ row, hash }) => ({ ...(JSON.parse(row) as Omit<AuditRow, "hash">), hash }));
  }
}

function appendDurably(path: string, text: string): void {
  const descriptor = openSync(path, "a", 0o600);
  try {
    appendFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Every text bounded and without control or bidirectional characters. */
function clean(value: unknown, depth = 0): unknown {
  if (typeof value === "string") {
    const cut = value.length > TEXT_CHARACTERS_MAX ? `${value.slice(0, TEXT_CHARACTERS_MAX)}…` : value;
    return escapeControls(cut);
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth > 4) return "[deep]";
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 100)
      .map(([name, item]) => [escapeControls(name.slice(0, 64)), clean(item, depth + 1)]),
  );
}

export type AuditVerdict =
  | { readonly state: "intact"; readonly rows: number; readonly why: "" }
  | { readonly state: "broken"; readonly rows: number; readonly why: string };

const ROWS_PER_READ = 2_000;

/** Walks the whole chain and compares it with the signed checkpoints. */
export async function verifyAuditChain(
  db: Database,
  checkpointFile: string,
  isSigned: (checkpoint: Checkpoint) => boolean,
): Promise<AuditVerdict> {
  const checkpoints = readCheckpoints(checkpointFile);
  if (checkpoints === undefined) return { state: "broken", rows: 0, why: "the checkpoint file cannot be read" };
  const expected = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint.hash]));
  let previous = FIRST_HASH;
  let rows = 0;
  for (;;) {
    const part = await db
      .selectFrom("audit")
      .select(["seq", "row", "hash"])
      .where("seq", ">", rows)
      .orderBy("seq")
      .limit(ROWS_PER_READ)
      .execute();
    for (const { seq, row, hash } of part) {
      if (seq !== rows + 1) return { state: "broken", rows, why: `row ${rows + 1} is missing` };
      if (auditHash(previous, row) !== hash) return { state: "broken", rows, why: `row ${seq} was changed` };
      if ((JSON.parse(row) as { seq: number }).seq !== seq)
        return { state: "broken", rows, why: `row ${seq} carries another number` };
      const signed = expected.get(seq);
      if (signed !== undefined && signed !== hash)
        return { state: "broken", rows, why: `row ${seq} differs from its signed checkpoint` };
      previous = hash;
      rows = seq;
    }
    if (part.length < ROWS_PER_READ) break;
  }
  for (const checkpoint of checkpoints) {
    if (!isSigned(checkpoint))
      return { state: "broken", rows, why: `the checkpoint at row ${checkpoint.seq} is not signed by this fleet` };
    if (checkpoint.seq > rows)
      return { state: "broken", rows, why: `rows ${rows + 1} to ${checkpoint.seq} were cut off` };
  }
  return { state: "intact", rows, why: "" };
}

function readCheckpoints(path: string): readonly Checkpoint[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : undefined;
  }
  // A power cut can leave half a last line; only whole lines were ever relied on.
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean);
  try {
    return lines.map((line) => JSON.parse(line) as Checkpoint);
  } catch {
    return undefined;
  }
}
