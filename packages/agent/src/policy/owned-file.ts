import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";

export interface OwnedFile {
  readonly bytes: Buffer;
  /** Whether its owner alone can read it. */
  readonly isPrivate: boolean;
}

/**
 * A file of the server's owner, which nobody else can have written: neither the file, nor its directory, nor a link in
 * its place. What was checked is what is read: one descriptor for both. Undefined when there is no file. Throws with the
 * reason.
 */
export function readOwnedFile(path: string, ownerUid: number, bytesMax: number): OwnedFile | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const parent = lstatSync(dirname(path));
  if (!parent.isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  if (parent.uid !== ownerUid) throw new Error(`${dirname(path)} must belong to ${nameOf(ownerUid)}`);
  if ((parent.mode & 0o022) !== 0) throw new Error(`${dirname(path)} can be written by others; make it 755`);
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(code === "ELOOP" ? `${path} is a symbolic link` : `${path} cannot be opened (${String(code)})`, {
      cause: error,
    });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error(`${path} is not a plain file`);
    if (stat.uid !== ownerUid) throw new Error(`${path} must belong to ${nameOf(ownerUid)}`);
    if ((stat.mode & 0o022) !== 0) throw new Error(`${path} can be written by others; make it 644`);
    if (stat.size > bytesMax) throw new Error(`${path} is larger than ${bytesMax} bytes`);
    const bytes = Buffer.alloc(bytesMax + 1);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count) {
      count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
    }
    if (filled > bytesMax) throw new Error(`${path} is larger than ${bytesMax} bytes`);
    return { bytes: bytes.subarray(0, filled), isPrivate: (stat.mode & 0o077) === 0 };
  } finally {
    closeSync(descriptor);
  }
}

const nameOf = (uid: number): string => (uid === 0 ? "root" : `user ${uid}`);
