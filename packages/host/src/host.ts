import type { Instant, SignalName } from "@muster/core";

export type { SignalName };

/**
 * What can be read or done on a server, whichever way it is reached. The agent implements it over the local
 * machine, the hub over SSH; collectors and drivers know only this.
 */
export interface Host {
  /**
   * The text of a file, at most `READ_BYTES_MAX`; undefined when it does not exist or may not be read.
   * Meant for /proc and /sys: the local implementation keeps descriptors of `repeated` reads open (the default), and
   * reads asked in the same turn may be sent as one round trip, so ask for all files of a round at once.
   */
  readFile(path: string, use?: ReadUse): Promise<string | undefined>;
  /** Entry names of a directory, sorted, without "." and ".."; undefined when it does not exist or may not be read. */
  listDirectory(path: string): Promise<readonly string[] | undefined>;
  /**
   * Space and inodes of the file system that holds `path`; undefined when it cannot be said. On a network mount whose
   * server is gone it may never settle, whatever the signal says: it must not hold up anything else meanwhile.
   */
  fileSystemUsage(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined>;
  /** The target of a symbolic link, or undefined. */
  readLink(path: string): Promise<string | undefined>;
  /** Runs a program by absolute path with an argument list, never through a shell. */
  execute(argv: readonly string[], options: ExecuteOptions): Promise<ExecuteResult>;
}

/** A host that can be acted on and followed, which drivers of services and readers of logs need. */
export interface ActingHost extends Host {
  /**
   * Starts a program like `execute` and hands its standard output on as it comes. Reading slowly slows the program down.
   * Aborting the signal ends its whole process group.
   */
  stream(argv: readonly string[], options: StreamOptions): HostStream;
  /** One HTTP exchange over a Unix socket, such as Docker's. Throws when it cannot be opened. */
  request(socketPath: string, request: SocketRequest, signal: AbortSignal): Promise<SocketResponse>;
  /**
   * Part of a plain file, for logs: at most `bytesMax` from `fromByte`. Undefined when there is no such file, it may not
   * be read, it is no plain file, or a symbolic link stands anywhere on the path.
   */
  readPart(path: string, fromByte: number, bytesMax: number): Promise<FilePart | undefined>;
  /** Sends a signal to the process that started at this tick, or to its whole group; `gone` when that process is no more. */
  kill(target: ProcessTarget, signal: SignalName): Promise<"sent" | "gone" | "denied">;
  /**
   * Calls `changed` soon after an entry of a directory came, went, was replaced or written to, with its name where the kernel says it.
   * Ends when aborted, and by itself when the directory goes away, with one last call. Never throws. Absent where a host
   * cannot be watched without asking it again and again.
   */
  watchDirectory?(path: string, changed: (entry: string | undefined) => void, signal: AbortSignal): WatchStart;
}

/** `cannot`: there is no such directory, it may not be read, or the kernel has no watch left. */
export type WatchStart = "watching" | "cannot";

export interface StreamOptions {
  readonly signal: AbortSignal;
}

export interface HostStream {
  /** Ends when the program closes its output. Throws when the program cannot be started. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Settles when the program has ended; never rejects. `stderr` is bounded. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
}

export interface SocketRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
}

export interface SocketResponse {
  readonly status: number;
  /** Read it to the end, or abort the signal. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface FilePart {
  readonly bytes: Uint8Array;
  /** Size of the whole file. */
  readonly sizeBytes: number;
  /** Device and inode: another value means that another file has this name now. */
  readonly identity: string;
  readonly modifiedAt: Instant;
}

export interface ProcessTarget {
  readonly pid: number;
  /** Ticks from boot to its start (field 22 of /proc/PID/stat): another value is another process. */
  readonly startTicks: number;
  readonly group?: true;
}

/** `repeated`: the same path is read again and again. `once`: it is not, so that nothing should be kept open for it. */
export type ReadUse = "repeated" | "once";

export interface FileSystemUsage {
  readonly totalBytes: number;
  /** Free for everybody including root. */
  readonly freeBytes: number;
  /** Free for an ordinary user: what `df` calls available. */
  readonly availableBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** Output past this is cut and `truncated` says so. */
  readonly outputBytesMax?: number;
}

export interface ExecuteResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

export const READ_BYTES_MAX = 4 * 1024 * 1024;

/**
 * File systems whose kernel code answers from memory (f_type of statfs(2)): ext, xfs, btrfs, tmpfs, overlay, zfs, f2fs,
 * vfat, squashfs, ramfs. All others may ask a server.
 */
export const LOCAL_FILE_SYSTEM_TYPES: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0x4d44, 0x73717368, 0x858458f6,
]);
