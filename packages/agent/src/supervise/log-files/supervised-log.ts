import { constants, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { syncDirectory } from "@muster/node-kit";
import { halfPath, livePath, readLayout, segmentPath } from "./log-layout.ts";
import type { LogPart } from "./log-layout.ts";
import { readSupervisedLog } from "./read-supervised-log.ts";

export interface LogBounds {
  /** What is beyond this in the live file is sealed, up to a line's end. */
  readonly fileBytesMax: number;
  /** So many sealed files are kept. */
  readonly filesMax: number;
}

export interface SupervisedLogDeps {
  /** Gives the first bytes of a file back; undefined where the file system cannot. */
  readonly punch: ((path: string, untilByte: number) => Promise<void>) | undefined;
}

const COPY_BYTES = 256 * 1024;
/** Beyond this a new live file is begun at the next start: no file system takes a file that grows for ever. */
const LIVE_LENGTH_MAX = 2 ** 40;

/**
 * The log of one supervised service: a live file whose descriptor the child itself holds, and sealed segments.
 *
 * The child goes on writing at the end of the live file while its beginning is copied to a segment, made durable under
 * its name, and only then given back by punching a hole. A crash at any step leaves every byte in one of both, and the
 * segments' names alone tell how far the live file is sealed.
 */
export class SupervisedLog {
  readonly directory: string;
  bounds: LogBounds;
  readonly #deps: SupervisedLogDeps;
  #tending: Promise<void> | undefined;
  #live: LogPart | undefined;

  constructor(directory: string, bounds: LogBounds, deps: SupervisedLogDeps) {
    this.directory = directory;
    this.bounds = bounds;
    this.#deps = deps;
  }

  /**
   * A descriptor to append to, for a child that starts; the caller closes its own. No other child may hold the live
   * file. Where holes cannot be punched, this is the moment at which a full file is put aside.
   */
  openForChild(): number {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const { segments, live, leftovers } = readLayout(this.directory);
    const sealedTo = segments.at(-1)?.toLogical ?? 0;
    let zeroLogical = live?.zeroLogical ?? sealedTo;
    if (live !== undefined) {
      const isUnsealed = live.fromLogical === live.zeroLogical;
      if (live.toLogical < sealedTo) {
        // After a power cut the copy may be there and the original shorter: its next bytes would stand for old ones.
        rmSync(live.path, { force: true });
        zeroLogical = sealedTo;
      } else if (
        isUnsealed &&
        live.toLogical - live.zeroLogical > this.bounds.fileBytesMax &&
        this.#deps.punch === undefined
      ) {
        renameSync(live.path, segmentPath(this.directory, live.zeroLogical));
        zeroLogical = live.toLogical;
        this.#prune();
      } else if (live.toLogical - live.zeroLogical > LIVE_LENGTH_MAX && live.fromLogical === live.toLogical) {
        rmSync(live.path, { force: true });
        zeroLogical = live.toLogical;
      }
    }
    // A copy that is being made is no leftover: it stands for bytes that are given back when it is whole.
    if (this.#tending === undefined) for (const path of leftovers) rmSync(path, { force: true });
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const path = livePath(this.directory, zeroLogical);
    const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    // A name that was there before is durable already, and a restart should not wait for a disk.
    if (path !== live?.path) syncDirectory(this.directory);
    this.#live = undefined;
    return descriptor;
  }

  /** Position of the next byte that will be written. */
  get toLogical(): number {
    return readSupervisedLog(this.directory).toLogical;
  }

  /** How many bytes wait in the live file to be sealed: one question to the kernel, since only this object seals. */
  get unsealedBytes(): number {
    this.#live ??= readLayout(this.directory).live;
    if (this.#live === undefined) return 0;
    const { path, zeroLogical, fromLogical } = this.#live;
    return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) - (fromLogical - zeroLogical);
  }

  /** Seals what is too much in the live file and drops the oldest segments. One call at a time; others wait for it. */
  tend(): Promise<void> {
    this.#tending ??= this.#seal().finally(() => (this.#tending = undefined));
    return this.#tending;
  }

  async #seal(): Promise<void> {
    const { punch } = this.#deps;
    const { fileBytesMax, filesMax } = this.bounds;
    if (punch === undefined || this.unsealedBytes <= fileBytesMax) return;
    for (;;) {
      const { live, segments } = readLayout(this.directory);
      if (live === undefined) return;
      const waiting = live.toLogical - live.fromLogical;
      if (waiting <= fileBytesMax) return;
      const file = await open(live.path, "r");
      try {
        // More than will be kept: what would be dropped at once is not copied first.
        const surplus = waiting - (filesMax + 1) * fileBytesMax;
        const from =
          surplus > 0 ? await lineEnd(file, live, live.fromLogical + surplus, fileBytesMax) : live.fromLogical;
        const to = await lineEnd(file, live, from + fileBytesMax, fileBytesMax);
        await this.#copy(file, live, from, to);
        // From its very beginning: what a crash left unpunched the last time goes with it.
        this.#live = undefined;
        await punch(live.path, to - live.zeroLogical);
        if (segments.length >= filesMax) this.#prune();
      } finally {
        await file.close();
      }
    }
  }

  /** Durable under its name before anything is taken from the original. */
  async #copy(file: FileHandle, live: LogPart, from: number, to: number): Promise<void> {
    const half = halfPath(this.directory, from);
    const copy = await open(half, "w", 0o600);
    try {
      const buffer = Buffer.allocUnsafe(COPY_BYTES);
      for (let at = from; at < to;) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(COPY_BYTES, to - at), at - live.zeroLogical);
        if (bytesRead === 0) throw new Error(`${live.path} became shorter while it was read`);
        for (let done = 0; done < bytesRead;) done += (await copy.write(buffer, done, bytesRead - done)).bytesWritten;
        at += bytesRead;
      }
      await copy.sync();
    } catch (error) {
      rmSync(half, { force: true });
      throw error;
    } finally {
      await copy.close();
    }
    renameSync(half, segmentPath(this.directory, from));
    syncDirectory(this.directory);
  }

  #prune(): void {
    const { segments } = readLayout(this.directory);
    for (const { path } of segments.slice(0, Math.max(0, segments.length - this.bounds.filesMax)))
      rmSync(path, { force: true });
  }
}

const LOOK_BACK_BYTES = 64 * 1024;

/** The position after the last line end at or before `logical`, within reach; `logical` itself when a line is longer than that. */
async function lineEnd(file: FileHandle, live: LogPart, logical: number, reachBytes: number): Promise<number> {
  const lowest = Math.max(live.fromLogical, logical - reachBytes) + 1;
  const buffer = Buffer.allocUnsafe(LOOK_BACK_BYTES);
  for (let end = logical; end > lowest;) {
    const start = Math.max(lowest - 1, end - LOOK_BACK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start - live.zeroLogical);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return logical;
}
