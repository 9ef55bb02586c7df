import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Replaces a file so that after a power cut either the old or the new content is there, whole. */
export function writeFileDurably(path: string, content: Uint8Array | string, mode = 0o600): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    createFileDurably(temporary, content, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Makes a file that must not exist yet (`wx`), with exactly this mode whatever the umask. Throws EEXIST. */
export function createFileDurably(path: string, content: Uint8Array | string, mode = 0o600): void {
  const descriptor = openSync(path, "wx", mode);
  try {
    chmodSync(path, mode);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Why a private file may not be trusted, or undefined when it may: a plain file, of ours, readable by nobody else. */
export function privateFileProblem(path: string, ownerUid: number = process.getuid?.() ?? 0): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return `${path} does not exist`;
  if (stat.isSymbolicLink()) return `${path} is a symbolic link`;
  if (!stat.isFile()) return `${path} is not a plain file`;
  if (stat.uid !== ownerUid) return `${path} belongs to user ${stat.uid}, not to ${ownerUid}`;
  if ((stat.mode & 0o077) !== 0) return `${path} has mode ${(stat.mode & 0o777).toString(8)}; make it 600`;
  return undefined;
}

/** Reads a private file through one descriptor, so that what was checked is what is read. Throws with the reason. */
export function readPrivateFile(path: string, ownerUid?: number): Uint8Array {
  const problem = privateFileProblem(path, ownerUid);
  if (problem) throw new Error(problem);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if ((fstatSync(descriptor).mode & 0o077) !== 0) throw new Error(`${path} changed its mode while being read`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a directory 0700, or says why the one that is there cannot be trusted. */
export function ensurePrivateDirectory(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return `${path} is not a directory`;
  if (stat.uid !== (process.getuid?.() ?? stat.uid)) return `${path} belongs to another user`;
  if ((stat.mode & 0o077) !== 0) return `${path} has mode ${(stat.mode & 0o777).toString(8)}; make it 700`;
  return undefined;
}

/** Tells versions of a file apart without reading it; the same for any that is missing. */
export function fileStamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "missing" : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}
