import type { Duplex } from "node:stream";
import { firstBytes } from "./first-bytes.ts";

/** Why nothing that can be read came; and the one sentence for people. */
export const SILENCES = {
  ended: "the connection was ended without an answer",
  "too-much": "it says more than anybody reads",
  aborted: "it accepts connections and does not answer in time",
} as const;

export type Said<T> = { readonly is: "said"; readonly what: T } | { readonly is: keyof typeof SILENCES };

/** Listens until what has come can be read, as Latin-1 so that every byte is a character. The stream stays the caller's. */
export async function hear<T>(
  stream: Duplex,
  bytesMax: number,
  read: (text: string) => T | undefined,
  signal: AbortSignal,
): Promise<Said<T>> {
  let what: T | undefined;
  const found = await firstBytes(
    stream,
    bytesMax,
    (bytes) => (what = read(bytes.toString("latin1"))) !== undefined,
    signal,
  );
  if (found !== "found") return { is: found };
  return { is: "said", what: what as T };
}
