import { closeSync, openSync, readdirSync, readlinkSync, readSync, statfs, statfsSync } from "node:fs";
import type { StatsFs } from "node:fs";
import type { Clock } from "@muster/core";
import { LOCAL_FILE_SYSTEM_TYPES, READ_BYTES_MAX } from "@muster/host";
import type {
  ActingHost,
  ExecuteOptions,
  ExecuteResult,
  FilePart,
  FileSystemUsage,
  HostStream,
  ProcessTarget,
  ReadUse,
  SignalName,
  SocketRequest,
  SocketResponse,
  StreamOptions,
  WatchStart,
} from "@muster/host";
import { readFilePart } from "./local/file-part.ts";
import { killLocally } from "./local/kill.ts";
import { executeLocally, streamLocally } from "./local/programs.ts";
import { requestLocally } from "./local/socket-request.ts";
import { watchLocally } from "./local/watch-directory.ts";

/** Descriptors kept open for files that are read every round. */
const DESCRIPTORS_MAX = 128;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A file that was missing is not asked for again before this: an exception costs more than a reading. */
const MISSING_MS = 60_000;
/**
 * The machine that this process runs on. Files of /proc and /sys are read synchronously: they never wait for a disk,
 * and a read on a kept descriptor costs less than handing it to another thread.
 */
export class LocalHost implements ActingHost {
  readonly #clock: Clock;
  readonly #descriptors = new Map<string, number>();
  readonly #missingUntilMs = new Map<string, number>();
  readonly #localPaths = new Set<string>();
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readFile(path: string, use: ReadUse = "repeated"): Promise<string | undefined> {
    return Promise.resolve(use === "once" ? this.#readOnce(path) : this.#readKept(path));
  }

  listDirectory(path: string): Promise<readonly string[] | undefined> {
    try {
      return Promise.resolve(readdirSync(path).sort());
    } catch {
      return Promise.resolve(undefined);
    }
  }

  readLink(path: string): Promise<string | undefined> {
    try {
      return Promise.resolve(readlinkSync(path));
    } catch {
      return Promise.resolve(undefined);
    }
  }

  /**
   * The first time in another thread, since a dead network mount holds the caller for ever; where the answer shows a
   * local file system, here from then on: two threads woken for each mount are most of what an idle agent would do.
   */
  fileSystemUsage(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.#localPaths.has(path)) return Promise.resolve(this.#localUsage(path));
    return new Promise((resolve) => {
      const abort = (): void => resolve(undefined);
      signal.addEventListener("abort", abort, { once: true });
      statfs(path, (error, found) => {
        signal.removeEventListener("abort", abort);
        if (error) return resolve(undefined);
        if (LOCAL_FILE_SYSTEM_TYPES.has(found.type)) this.#localPaths.add(path);
        resolve(usageOf(found));
      });
    });
  }

  #localUsage(path: string): FileSystemUsage | undefined {
    let found: StatsFs | undefined;
    try {
      found = statfsSync(path);
    } catch {
      // Unmounted, as it seems: the next time asks anew.
    }
    // Something else is mounted there by now: the next time it is asked as a stranger again.
    if (found === undefined || !LOCAL_FILE_SYSTEM_TYPES.has(found.type)) this.#localPaths.delete(path);
    return found === undefined ? undefined : usageOf(found);
  }

  execute(argv: readonly string[], options: ExecuteOptions): Promise<ExecuteResult> {
    return executeLocally(argv, options);
  }

  stream(argv: readonly string[], options: StreamOptions): HostStream {
    return streamLocally(argv, options);
  }

  request(socketPath: string, request: SocketRequest, signal: AbortSignal): Promise<SocketResponse> {
    return requestLocally(socketPath, request, signal);
  }

  readPart(path: string, fromByte: number, bytesMax: number): Promise<FilePart | undefined> {
    return readFilePart(path, fromByte, bytesMax);
  }

  kill(target: ProcessTarget, signal: SignalName): Promise<"sent" | "gone" | "denied"> {
    return Promise.resolve(killLocally(target, signal));
  }

  watchDirectory(path: string, changed: (entry: string | undefined) => void, signal: AbortSignal): WatchStart {
    return watchLocally(path, changed, signal);
  }

  /** Closes what is kept open. Reading afterwards opens anew. */
  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  #readKept(path: string): string | undefined {
    const kept = this.#descriptors.get(path);
    if (kept !== undefined) {
      try {
        return this.#readAll(kept);
      } catch {
        // The device or group behind it went away; perhaps the path leads to a new one.
        this.#descriptors.delete(path);
        closeSync(kept);
      }
    }
    if ((this.#missingUntilMs.get(path) ?? 0) > this.#clock.monotonic()) return undefined;
    if (this.#descriptors.size >= DESCRIPTORS_MAX) return this.#readOnce(path);
    const descriptor = this.#open(path);
    if (descriptor === undefined) return undefined;
    try {
      const text = this.#readAll(descriptor);
      this.#descriptors.set(path, descriptor);
      return text;
    } catch {
      closeSync(descriptor);
      return undefined;
    }
  }

  #readOnce(path: string): string | undefined {
    const descriptor = this.#open(path, false);
    if (descriptor === undefined) return undefined;
    try {
      return this.#readAll(descriptor);
    } catch {
      return undefined;
    } finally {
      closeSync(descriptor);
    }
  }

  #open(path: string, rememberMissing = true): number | undefined {
    try {
      const descriptor = openSync(path, "r");
      this.#missingUntilMs.delete(path);
      return descriptor;
    } catch {
      if (rememberMissing) {
        if (this.#missingUntilMs.size > 4 * DESCRIPTORS_MAX) this.#missingUntilMs.clear();
        this.#missingUntilMs.set(path, this.#clock.monotonic() + MISSING_MS);
      }
      return undefined;
    }
  }

  /** From offset 0 to the end; files of /proc say no size and may answer in parts. */
  #readAll(descriptor: number): string {
    let filled = 0;
    for (;;) {
      if (filled === this.#buffer.length) {
        if (filled >= READ_BYTES_MAX) break;
        const larger = Buffer.allocUnsafeSlow(Math.min(filled * 4, READ_BYTES_MAX));
        this.#buffer.copy(larger);
        this.#buffer = larger;
      }
      const count = readSync(descriptor, this.#buffer, filled, this.#buffer.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return this.#buffer.toString("utf8", 0, filled);
  }
}

const usageOf = (found: StatsFs): FileSystemUsage => ({
  totalBytes: found.blocks * found.bsize,
  freeBytes: found.bfree * found.bsize,
  availableBytes: found.bavail * found.bsize,
  totalInodes: found.files,
  freeInodes: found.ffree,
});
