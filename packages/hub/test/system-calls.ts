import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runProgram } from "@muster/testkit";
import type { ProgramResult } from "@muster/testkit";

/** What changes files. Each is counted by thread, and the store has one thread that writes. */
const CHANGING = ["pwrite64", "fdatasync", "fsync", "ftruncate", "unlink"] as const;
/** More than a page, so that all of a write is in the record. */
const BYTES_RECORDED = 65_536;

/** One thing that a program did to its files, or a line that it told; files by their names without the directory. */
export type Operation =
  | { readonly is: "write"; readonly file: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly is: "truncate"; readonly file: string; readonly length: number }
  | { readonly is: "sync"; readonly file: string }
  | { readonly is: "unlink"; readonly file: string }
  | { readonly is: "told"; readonly line: string };

/** The n-th call of a kind, from 1. */
export interface CallPoint {
  readonly call: (typeof CHANGING)[number];
  readonly n: number;
}

export type Fault = "signal=KILL" | "error=EIO" | "error=ENOSPC";

export interface Recording {
  readonly operations: readonly Operation[];
  readonly points: readonly CallPoint[];
}

/** Runs a program and answers, in order, what it did to files and what it told with one `write` a line. */
export async function recordCalls(argv: readonly string[], logFile: string): Promise<Recording> {
  const trace = ["strace", "-f", "-qq", "-y", "-xx", "-s", String(BYTES_RECORDED), "-o", logFile];
  const { exitCode, stderr } = await runProgram([...trace, "-e", `trace=write,${CHANGING.join(",")}`, ...argv]);
  if (exitCode !== 0) throw new Error(`strace ended with ${exitCode}: ${stderr}`);
  const counts = new Map<string, number>();
  const operations: Operation[] = [];
  for (const line of readFileSync(logFile, "latin1").split("\n")) {
    const [, thread, call, args] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? [];
    if (call === undefined || args === undefined) continue;
    if (call !== "write") counts.set(`${thread} ${call}`, (counts.get(`${thread} ${call}`) ?? 0) + 1);
    operations.push(...operationOf(call, args));
  }
  const points = CHANGING.flatMap((call) => {
    const most = Math.max(0, ...[...counts].flatMap(([key, count]) => (key.endsWith(` ${call}`) ? [count] : [])));
    return Array.from({ length: most }, (_, index) => ({ call, n: index + 1 }));
  });
  return { operations, points };
}

function operationOf(call: string, args: string): readonly Operation[] {
  const [, number, path = ""] = /^(\d+)<(.*?)>/.exec(args) ?? [];
  const [, text = "", rest = ""] = /"((?:\\x[0-9a-f]{2})*)"(?:, (.*))?/.exec(args) ?? [];
  const bytes = Buffer.from(text.replaceAll("\\x", ""), "hex");
  const file = basename(unescaped(path));
  switch (call) {
    case "write":
      return number === "1" ? [{ is: "told", line: bytes.toString("utf8").trimEnd() }] : [];
    case "pwrite64":
      return [{ is: "write", file, offset: Number.parseInt(rest.split(", ")[1] ?? "", 10), bytes }];
    case "ftruncate":
      return [{ is: "truncate", file, length: Number.parseInt(args.split(", ")[1] ?? "", 10) }];
    case "unlink":
      return [{ is: "unlink", file: basename(bytes.toString("utf8")) }];
    default:
      return [{ is: "sync", file }];
  }
}

const unescaped = (path: string): string =>
  path.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Runs a program in which one call does not happen: it kills the program, or fails with an error. */
export const runWithFault = (
  argv: readonly string[],
  { call, n }: CallPoint,
  fault: Fault,
  logFile: string,
): Promise<ProgramResult> =>
  runProgram([
    ...["strace", "-f", "-qq", "-o", logFile, "-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${n}`],
    ...argv,
  ]);

/** So many of a list, evenly spread; all of them when there are no more. */
export const evenly = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as Item);
