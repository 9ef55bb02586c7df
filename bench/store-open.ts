// How long a hub waits for its metrics after it was killed: a store of a gigabyte or more, with a log as large as it gets.
import { copyFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { megabytes, report, rounded } from "./support/report.ts";

/** A checkpoint empties the log at 32 MB; some less, so that the kill meets it full. */
const LOG_BYTES = 28_000_000;
const ROUNDS = 5;
const PROGRAM_MS_MAX = 300_000;
const program = fileURLToPath(new URL("./support/store-open-program.ts", import.meta.url));

interface Opened {
  readonly openMs: number;
  readonly latestMs: number;
}

async function ask(...argv: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runProgram([process.execPath, program, ...argv], {
    timeoutMs: PROGRAM_MS_MAX,
  });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}

/** The middle one, the upper of two. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** `node bench/run.ts store-open [megabytes]`; 1,100 unless told. */
export async function main(args: readonly string[]): Promise<void> {
  const [wantedMegabytes = 1_100] = args.map(Number);
  await using directory = await temporaryDirectory("bench-store-open");
  const path = directory.file("metrics.db");
  await ask("make", path, String(wantedMegabytes * 1e6));
  await using writer = await startProgram([process.execPath, program, "write", path]);
  const logBytes = (): number => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  await waitFor(() => logBytes() > LOG_BYTES, { timeoutMs: PROGRAM_MS_MAX, intervalMs: 1, describe: "a full log" });
  writer.signal("SIGKILL");
  await writer.exited;
  const killed = { bytes: statSync(path).size, log: logBytes() };
  const log = directory.file("log");
  copyFileSync(`${path}-wal`, log);
  const rounds: Opened[] = [];
  const empty: Opened[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Opening takes the log in at its end; the next round finds the same one again.
    copyFileSync(log, `${path}-wal`);
    rounds.push((await ask("open", path)) as Opened);
    empty.push((await ask("open", directory.file("empty.db"))) as Opened);
  }
  const row = (name: string, opened: readonly Opened[], bytes: number, logOf: number): readonly string[] => [
    name,
    megabytes(bytes),
    megabytes(logOf),
    rounded(median(opened.map(({ openMs }) => openMs))),
    rounded(Math.max(...opened.map(({ openMs }) => openMs))),
    rounded(median(opened.map(({ latestMs }) => latestMs))),
  ];
  report({
    name: "store-open",
    title: "Opening a store after a kill",
    columns: ["store", "MB", "log MB", "open, ms", "slowest", "newest values of a server, ms"],
    rows: [row("killed", rounds, killed.bytes, killed.log), row("empty", empty, 0, 0)],
    notes: [
      "Goal: under a second a gigabyte. Both threads are started and the log is read; nothing is replayed.",
      `${ROUNDS} rounds in processes of their own, from the sources; the file was in the page cache.`,
      "Other work ran on the same two cores, which the empty store shows.",
    ],
  });
}
