import { fnv1a } from "@muster/core";

/** A place in a file: which file, where, and what stands just before it, so that another file is not taken for it. */
export interface FilePlace {
  /** Device and inode. */
  readonly identity: string;
  readonly offset: number;
  /** Fingerprint of the last `MARK_BYTES` before the place. */
  readonly mark: string;
}

export const MARK_BYTES = 64;
const CURSOR = /^f1:(\d{1,20}:\d{1,20}):(\d{1,15}):([0-9a-f]{1,8})$/;

export const formatFileCursor = ({ identity, offset, mark }: FilePlace): string => `f1:${identity}:${offset}:${mark}`;

export function parseFileCursor(text: string): FilePlace | undefined {
  const found = CURSOR.exec(text);
  return found === null ? undefined : { identity: found[1]!, offset: Number(found[2]), mark: found[3]! };
}

export const markOf = (bytes: Uint8Array): string => fnv1a(bytes).toString(16);
