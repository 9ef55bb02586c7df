import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { needs, runProgram, seededRandom, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { expectSound, judge, look } from "./crash-judge.ts";
import { PARTS } from "./crash-scenario.ts";
import type { PartName } from "./crash-scenario.ts";
import { anyReached, SimulatedDisk } from "./simulated-disk.ts";
import { evenly, recordCalls, runWithFault } from "./system-calls.ts";
import type { CallPoint, Fault, Recording } from "./system-calls.ts";

/** How many calls of each test really fail; `MUSTER_FAULT_POINTS=100000` takes every one. */
const POINTS = Number(process.env["MUSTER_FAULT_POINTS"] ?? 5);
/** Different pictures of the disk at each call, beside the one with nothing but what was synced. */
const CUTS = Number(process.env["MUSTER_FAULT_CUTS"] ?? 1);
const TIMEOUT_MS = 300_000 + POINTS * 4_000 + CUTS * 60_000;
const PROGRAM = new URL("crash-program.ts", import.meta.url).pathname;
const PLAIN_FILE = new URL("../../../fixtures/db/metrics-plain-1.db", import.meta.url);
const FILES = ["metrics.db", "metrics.db-wal", "metrics.db-journal"];

/** A part of the scenario, and what is known of it. */
interface Prepared extends Recording {
  readonly part: PartName;
  /** The file it begins with. */
  readonly before: Uint8Array;
  /** What was told of the parts before. */
  readonly told: readonly string[];
}

const argvOf = (path: string, part: PartName, attempts: number): readonly string[] => [
  ...[process.execPath, PROGRAM, path, part, String(attempts)],
];

const dumpOf = (path: string): readonly string[] =>
  look(path, (file) => ["alpha", "beta", "gone"].flatMap((server) => file.dump(server)));

async function run(path: string, ...parts: readonly PartName[]): Promise<void> {
  for (const part of parts) expect((await runProgram(argvOf(path, part, 1))).stdout).toMatch(/done\n$/);
}

const describeTraced = await needs("strace");
describeTraced("a store whose writer meets a fault at one system call", () => {
  const living: Prepared[] = [];
  const migrating: Prepared[] = [];
  let atTheEnd: readonly string[] = [];
  let ofThePlain: readonly string[] = [];
  let directory: TemporaryDirectory;

  beforeAll(async () => {
    directory = await temporaryDirectory("engine-faults");
    const path = directory.file("metrics.db");
    const told: string[] = [];
    const prepare = async (part: PartName): Promise<Prepared> => {
      const before = readFileSync(path);
      const recording = await recordCalls(argvOf(path, part, 1), directory.file("calls"));
      return { part, before, told: [...told], ...recording };
    };
    writeFileSync(path, "");
    living.push(await prepare("storing"));
    for (const { name } of PARTS.storing) told.push(`begin ${name}`, `end ${name}`);
    living.push(await prepare("ageing"));
    atTheEnd = dumpOf(path);
    told.length = 0;
    copyFileSync(PLAIN_FILE, path);
    migrating.push(await prepare("migrating"), await prepare("reopening"));
    ofThePlain = dumpOf(path);
    expect([atTheEnd.length, ofThePlain.length > 1_000]).toEqual([36, true]);
  }, 60_000);
  afterAll(() => directory[Symbol.asyncDispose]());

  /** The files as a kill, and as power cuts, after each call would have left them. */
  async function withPictures(
    prepared: readonly Prepared[],
    check: (path: string, told: readonly string[], where: string, part: PartName) => void,
  ): Promise<number> {
    const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
    onTestFailed(() => console.error(`replay with MUSTER_SEED=${seed}`));
    const random = seededRandom(seed);
    await using pictures = await temporaryDirectory("engine-faults");
    let calls = 0;
    for (const { part, before, told: earlier, operations } of prepared) {
      const disk = new SimulatedDisk({ "metrics.db": before });
      const told = [...earlier];
      for (const operation of operations) {
        disk.apply(operation);
        if (operation.is === "told") told.push(operation.line);
        if (operation.is === "told" || operation.file.endsWith("-shm")) continue;
        calls++;
        const where = `${part}, call ${calls} (${operation.is} ${operation.file})`;
        const see = (how: string, reached?: Parameters<SimulatedDisk["writeTo"]>[2]): void => {
          disk.writeTo(pictures.path, FILES, reached);
          check(pictures.file("metrics.db"), told, `${how} in ${where}`, part);
        };
        see("killed");
        see("cut");
        for (let cut = 0; cut < CUTS; cut++) see(`cut ${cut}, seed ${seed},`, anyReached(random));
      }
    }
    return calls;
  }

  test("[ST43] killed or cut at any call, it has every acknowledged sample once", { timeout: TIMEOUT_MS }, async () => {
    expect(await withPictures(living, judge)).toBeGreaterThan(300);
  });

  test("[ST43] an old file that is being brought up to date loses nothing", { timeout: TIMEOUT_MS }, async () => {
    const calls = await withPictures(migrating, (path, _, where) => {
      expect(dumpOf(path), where).toEqual(ofThePlain);
      expectSound(path, where);
    });
    expect(calls).toBeGreaterThan(50);
  });

  /** Runs the parts as often as there are points, each time with a fault at another call. */
  async function withFaults(
    fault: Fault,
    attempts: number,
    check: (told: readonly string[], where: string) => void,
  ): Promise<void> {
    const isMet = ({ call }: CallPoint): boolean =>
      fault !== "error=ENOSPC" || ["pwrite64", "ftruncate"].includes(call);
    const all = living.flatMap((part) => part.points.filter(isMet).map((point) => ({ ...part, point })));
    for (const { part, before, told: earlier, point } of evenly(all, POINTS)) {
      await using own = await temporaryDirectory("engine-faults");
      const path = own.file("metrics.db");
      writeFileSync(path, before);
      const { stdout } = await runWithFault(argvOf(path, part, attempts), point, fault, own.file("calls"));
      const told = stdout.split("\n").slice(0, -1);
      const where = `${part}: ${fault} at ${point.call} ${point.n}`;
      check(told, where);
      judge(path, [...earlier, ...told], where);
      // What a fault left is a store like any other: the same work done again ends where it would have ended.
      await run(path, "storing", "ageing");
      expect(dumpOf(path), `${where}, done again`).toEqual(atTheEnd);
      expectSound(path, `${where}, done again`);
    }
  }

  test("[ST43] really killed, it goes on where it was", { timeout: TIMEOUT_MS }, () =>
    withFaults("signal=KILL", 1, (told, where) => expect(told, where).not.toContain("done")),
  );

  test("[ST44] after an error of any call nothing is acknowledged any more", { timeout: TIMEOUT_MS }, async () => {
    let failures = 0;
    await withFaults("error=EIO", 2, (told, where) => {
      const first = told.findIndex((line) => line.startsWith("failed"));
      if (first < 0) return;
      failures++;
      const expected = ["failed STORAGE_FAILED", "failed STORAGE_FAILED", "gave up STORAGE_FAILED"];
      expect(told.slice(first), where).toEqual(expected);
    });
    expect(failures).toBeGreaterThan(POINTS / 4);
  });

  test("[ST45] a call that finds the disk full stops nothing for good", { timeout: TIMEOUT_MS }, () =>
    withFaults("error=ENOSPC", 2, (told, where) => {
      // In the middle of opening there is nobody yet who could try again.
      const codes = told.filter((line) => /^failed|^gave up/.test(line));
      expect(["", "failed STORAGE_FULL", "gave up STORAGE_FULL"], where).toContain(codes.join());
    }),
  );
});
