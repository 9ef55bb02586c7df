import type { ActingHost } from "../../host.ts";
import type { ChainFile } from "./rotated-files.ts";

const BLOCK_BYTES = 256 * 1024;
/** Whoever asks for the last lines of a file is not served by reading gigabytes of it. */
const LOOK_BACK_BYTES_MAX = 512 * 1024 * 1024;
const NEWLINE = 10;

/** Where the last `lines` whole lines of a file begin, read from its end. A half line at the end does not count. */
export async function lastLinesFrom(host: ActingHost, { path, sizeBytes }: ChainFile, lines: number): Promise<number> {
  let ends = 0;
  for (let upTo = sizeBytes; upTo > 0 && sizeBytes - upTo < LOOK_BACK_BYTES_MAX;) {
    const from = Math.max(0, upTo - BLOCK_BYTES);
    const part = await host.readPart(path, from, upTo - from);
    if (part === undefined || part.bytes.length < upTo - from) return from;
    for (
      let at = part.bytes.lastIndexOf(NEWLINE);
      at >= 0;
      at = at === 0 ? -1 : part.bytes.lastIndexOf(NEWLINE, at - 1)
    ) {
      if (ends++ === lines) return from + at + 1;
    }
    if (from === 0) return 0;
    upTo = from;
  }
  return sizeBytes > LOOK_BACK_BYTES_MAX ? sizeBytes - LOOK_BACK_BYTES_MAX : 0;
}
