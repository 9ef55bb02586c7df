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
