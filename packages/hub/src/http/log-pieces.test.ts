import { MusterError } from "@muster/core";
import { expect, test } from "vitest";
import type { MergedPiece } from "../logs/merge-by-time.ts";
import { logPieces } from "./log-pieces.ts";

const broken = new MusterError("LOG_UNREADABLE", { message: "it is not there" });
const item = (source: number): MergedPiece => ({
  is: "item",
  source,
  item: { at: 1, cursor: "c", level: 6, text: "line", stream: null },
});
const ended = (source: number, error?: MusterError): MergedPiece => ({ is: "ended", source, error });

/** What comes of pieces; each waits for a turn where `apart`, as sources that answer at different times do. */
async function read(pieces: readonly MergedPiece[], sources: number, apart: boolean): Promise<string> {
  async function* source(): AsyncGenerator<MergedPiece, void, undefined> {
    for (const piece of pieces) {
      if (apart) await new Promise((resolve) => setImmediate(resolve));
      yield piece;
    }
  }
  const labels = Array.from({ length: sources }, (_, index) => `s${index}`);
  let text = "";
  for await (const part of logPieces(source(), labels, "text")) text += part;
  return text;
}

test.each([false, true])(
  "[LG21] whether all logs fail does not hang on when and in which order they end (apart: %s)",
  async (apart) => {
    await expect(read([ended(0, broken), ended(1, broken)], 2, apart)).rejects.toThrow("it is not there");
    expect(await read([ended(0, broken), ended(1)], 2, apart)).toBe("--- s0 it is not there ---\n");
    expect(await read([ended(0), ended(1, broken)], 2, apart)).toBe("--- s1 it is not there ---\n");
    expect(await read([ended(1, broken), item(0), ended(0)], 2, apart)).toBe(
      "--- s1 it is not there ---\n1970-01-01T00:00:00.001Z s0 line\n",
    );
    expect(await read([item(0), ended(0), ended(1, broken)], 2, apart)).toContain("it is not there");
  },
);
