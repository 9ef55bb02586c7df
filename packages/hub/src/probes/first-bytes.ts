import type { Duplex } from "node:stream";

/**
 * Reads from a stream until what has come satisfies, it ends, so many bytes have come, or the signal aborts. The stream
 * stays the caller's.
 */
export function firstBytes(
  stream: Duplex,
  bytesMax: number,
  satisfies: (bytes: Buffer) => boolean,
  signal: AbortSignal,
): Promise<"found" | "ended" | "too-much" | "aborted"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (is: "found" | "ended" | "too-much" | "aborted"): void => {
      signal.removeEventListener("abort", abort);
      stream.off("data", take).off("end", end).off("close", end).off("error", end);
      // What comes meanwhile is for whoever listens next.
      stream.pause();
      // Without a listener a late error would end the program.
      stream.on("error", () => undefined);
      resolve(is);
    };
    const abort = (): void => finish("aborted");
    const end = (): void => finish("ended");
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (satisfies(Buffer.concat(chunks))) finish("found");
      else if (bytes >= bytesMax) finish("too-much");
    };
    if (signal.aborted) return abort();
    // It may have ended before anybody listened.
    if (stream.destroyed || stream.readableEnded) return end();
    signal.addEventListener("abort", abort, { once: true });
    stream.on("data", take).on("end", end).on("close", end).on("error", end).resume();
  });
}
