import { randomInt } from "node:crypto";
import { seededRandom, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, onTestFailed, test } from "vitest";
import { expectAllOnce } from "./stream-ledger.ts";

const KILLS = 20;
const WRITER = new URL("engine-writer-program.ts", import.meta.url).pathname;

test(
  "[ST24] [ST38] of a store killed at any moment of storing and sealing every acknowledged batch is there once",
  { timeout: 120_000 },
  async () => {
    const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
    onTestFailed(() => console.error(`replay with MUSTER_SEED=${seed}`));
    const random = seededRandom(seed);
    await using directory = await temporaryDirectory("engine-crash");
    const path = directory.file("metrics.db");
    const acknowledged = new Set<string>();
    let next = 0;
    let sealedCount = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await using writer = await startProgram([process.execPath, WRITER, path, String(next)]);
      await writer.says(/ready/);
      // Each line is an acknowledgement, and the writer does not stop: the kill meets it anywhere in its work.
      const spokenChars = Math.floor(random() * 3_000);
      await waitFor(() => writer.stdout.length > spokenChars, { intervalMs: 1, describe: "acknowledgements" });
      writer.signal("SIGKILL");
      await writer.exited;
      // The last line may be cut in the middle, and then was not an acknowledgement.
      const lines = writer.stdout.split("\n").slice(1, -1);
      for (const line of lines) acknowledged.add(line);
      next = 1 + Math.max(next - 1, ...lines.map((line) => Number(line.split(" ")[1])));
      // Now and then the agent has not heard the last answers and sends those batches again.
      if (random() < 0.5) next = Math.max(0, next - 2);
      sealedCount = await expectAllOnce(path, acknowledged, `kill ${kill}, seed ${seed}`);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
    expect(sealedCount).toBeGreaterThan(KILLS);
  },
);
