import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import type { FilePart } from "@muster/host";

/** Part of a plain file, by a path without any symbolic link on it: what a policy names is what is read. */
export async function readFilePart(path: string, fromByte: number, bytesMax: number): Promise<FilePart | undefined> {
  try {
    if ((await realpath(path)) !== path) return undefined;
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(bytesMax, stat.size - fromByte)));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, fromByte + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return {
      bytes: bytes.subarray(0, filled),
      sizeBytes: stat.size,
      identity: `${stat.dev}:${stat.ino}`,
      modifiedAt: Math.round(stat.mtimeMs),
    };
  } catch {
    return undefined;
  }
}
