import {
  closeSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { logReader } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { LocalHost } from "../src/local-host.ts";
import { punchHole, punchingProblem } from "../src/supervise/log-files/punch-hole.ts";
import { readSupervisedLog, supervisedParts } from "../src/supervise/log-files/read-supervised-log.ts";
import { SupervisedLog } from "../src/supervise/log-files/supervised-log.ts";
import { logBytes } from "./supervision-fixture.ts";

const BOUNDS = { fileBytesMax: 65_536, filesMax: 100 };
const line = (number: number): string => `line ${number} ${"x".repeat(number % 90)}\n`;
const lines = (from: number, until: number): string =>
  Array.from({ length: until - from }, (_, index) => line(from + index)).join("");

const readAll = (directory: string): string => logBytes(directory).toString("latin1");

describe("the log of a supervised service", () => {
  test("[SV30] loses no byte while a child holds the live file, and gives its space back", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), BOUNDS, { punch: punchHole });
    const child = log.openForChild();
    for (let round = 0; round < 20; round++) {
      writeSync(child, lines(round * 1_000, (round + 1) * 1_000));
      // The child writes on while it is being sealed.
      const tending = log.tend();
      writeSync(child, `between ${round}\n`);
      await tending;
    }
    closeSync(child);
    const expected = Array.from(
      { length: 20 },
      (_, round) => `${lines(round * 1_000, (round + 1) * 1_000)}between ${round}\n`,
    );
    expect(readAll(log.directory)).toBe(expected.join(""));
    const { parts } = readSupervisedLog(log.directory);
    expect(parts.length).toBeGreaterThan(10);
    const live = statSync(parts.at(-1)!.path);
    expect(live.blocks * 512).toBeLessThan(live.size / 4);
    // Each sealed file ends with a line.
    for (const { toLogical } of parts.slice(0, -1))
      expect(logBytes(log.directory, toLogical - 1, toLogical)[0]).toBe(0x0a);
  });

  test("[SV31] keeps so many files, drops the oldest and says where the rest begins", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), { ...BOUNDS, filesMax: 2 }, { punch: punchHole });
    const child = log.openForChild();
    const text = lines(0, 20_000);
    writeSync(child, text);
    await log.tend();
    closeSync(child);
    const { parts, toLogical } = readSupervisedLog(log.directory);
    expect(parts).toHaveLength(3);
    expect(toLogical).toBe(text.length);
    expect(text.endsWith(readAll(log.directory))).toBe(true);
  });

  test("[SV30] a line longer than a file is cut, not lost", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), BOUNDS, { punch: punchHole });
    const child = log.openForChild();
    const text = "y".repeat(300_000);
    writeSync(child, text);
    await log.tend();
    closeSync(child);
    expect(readAll(log.directory)).toBe(text);
  });

  test.each(["half-made copy", "copy without its hole", "both", "live file cut by a power loss"])(
    "[SV32] after a crash that left a %s every byte is there once",
    async (state) => {
      await using directory = await temporaryDirectory("log");
      const crashing = directory.file("api");
      const stop = new Error("the power goes");
      const log = new SupervisedLog(crashing, BOUNDS, { punch: () => Promise.reject(stop) });
      const child = log.openForChild();
      const text = lines(0, 3_000);
      writeSync(child, text);
      closeSync(child);
      if (state !== "half-made copy") await expect(log.tend()).rejects.toThrow(stop);
      if (state === "half-made copy" || state === "both")
        writeFileSync(join(crashing, "0000000000000000.part"), "half of it");
      const sealedTo = readSupervisedLog(crashing).parts[0]!.toLogical;
      if (state === "live file cut by a power loss") truncateSync(join(crashing, "0000000000000000.live"), 1_000);

      const again = new SupervisedLog(crashing, BOUNDS, { punch: punchHole });
      const next = again.openForChild();
      writeSync(next, "after\n");
      await again.tend();
      closeSync(next);
      const kept = state === "live file cut by a power loss" ? text.slice(0, sealedTo) : text;
      expect(readAll(crashing)).toBe(`${kept}after\n`);
      expect(readdirSync(crashing).some((name) => name.endsWith(".part"))).toBe(false);
    },
  );

  test("[SV32] a start while a copy is being made leaves that copy alone", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), BOUNDS, { punch: punchHole });
    const child = log.openForChild();
    writeSync(child, lines(0, 30_000));
    const tending = log.tend();
    const isCopying = (): boolean => readdirSync(log.directory).some((name) => name.endsWith(".part"));
    while (!isCopying()) await new Promise((resolve) => setImmediate(resolve));
    closeSync(child);
    const next = log.openForChild();
    writeSync(next, "after\n");
    await tending;
    closeSync(next);
    expect(readAll(log.directory)).toBe(`${lines(0, 30_000)}after\n`);
  });

  test("[SV33] where no hole can be punched a full file is put aside at the next start", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), BOUNDS, { punch: undefined });
    const first = log.openForChild();
    writeSync(first, lines(0, 3_000));
    await log.tend();
    expect(readSupervisedLog(log.directory).parts).toHaveLength(1);
    closeSync(first);
    const second = log.openForChild();
    writeSync(second, "after\n");
    closeSync(second);
    expect(readSupervisedLog(log.directory).parts).toHaveLength(2);
    expect(readAll(log.directory)).toBe(`${lines(0, 3_000)}after\n`);
  });

  test("[SV30] a reader beside the sealing never sees the hole", async () => {
    await using directory = await temporaryDirectory("log");
    const log = new SupervisedLog(directory.file("api"), BOUNDS, { punch: punchHole });
    const child = log.openForChild();
    const text = lines(0, 30_000);
    writeSync(child, text);
    // All is sealed while the first bytes are on their way.
    class Sealing extends LocalHost {
      override async readPart(...asked: Parameters<LocalHost["readPart"]>): ReturnType<LocalHost["readPart"]> {
        const read = await super.readPart(...asked);
        await log.tend();
        return read;
      }
    }
    const host = new Sealing(systemClock);
    const reader = logReader({
      ...{ host, clock: systemClock },
      supervised: { parts: () => Promise.resolve(supervisedParts(log.directory)) },
    });
    const query = { driver: "process", name: "api", linesMax: 0, afterCursor: "s1:0:0", follow: false } as const;
    let seen = "";
    for await (const item of reader.read(query, new AbortController().signal))
      if ("text" in item) seen += `${item.text}\n`;
    closeSync(child);
    host.close();
    expect(seen === text).toBe(true);
  });

  test("[SV33] whether holes can be punched is tried, not assumed", async () => {
    await using directory = await temporaryDirectory("log");
    expect(await punchingProblem(directory.path)).toBeUndefined();
    expect(readdirSync(directory.path)).toEqual([]);
    expect(await punchingProblem("/proc")).toBeDefined();
    mkdirSync(directory.file("x"));
    copyFileSync(import.meta.filename, directory.file("x", "unrelated"));
    expect(readSupervisedLog(directory.file("x"))).toEqual({ parts: [], fromLogical: 0, toLogical: 0 });
  });
});
