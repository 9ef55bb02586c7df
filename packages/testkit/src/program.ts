import { spawn } from "node:child_process";
import { constants } from "node:os";
import { waitFor } from "./wait-for.ts";

export interface ProgramOptions {
  readonly cwd?: string;
  /** Beside what this process has; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All of standard input; none unless told. */
  readonly stdin?: string;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child of the test, ended at the latest when its block or the test process ends, even by SIGKILL. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly running: boolean;
  /** Settles when the program has ended and all it wrote has arrived; never rejects. */
  readonly exited: Promise<ProgramExit>;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order in which they arrived. */
  readonly output: string;
  /** Sends a signal to the program itself; nothing when it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Sends the signal, waits, kills after the grace. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ProgramExit>;
  /** Waits until the output matches; fails at once when the program ends before, with what it said. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
}

const SPOKEN_CHARS_MAX = 4_000;

/** Starts a program by argument list, never through a shell. Throws when it cannot be started at all. */
export async function startProgram(argv: readonly string[], options: ProgramOptions = {}): Promise<Program> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let output = "";
  let exit: ProgramExit | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    output += text;
  });
  const exited = new Promise<ProgramExit>((resolve) => {
    child.on("close", (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  // A program that does not read its input closes the pipe under us, which is its right.
  child.stdin.on("error", () => undefined).end(options.stdin ?? "");

  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  const stop = async (name: NodeJS.Signals = "SIGTERM", graceMs = 10_000): Promise<ProgramExit> => {
    if (exit !== undefined) return exit;
    signal(name);
    const timer = setTimeout(() => signal("SIGKILL"), graceMs);
    const ended = await exited;
    clearTimeout(timer);
    return ended;
  };

  return {
    pid: child.pid ?? 0,
    exited,
    signal,
    stop,
    get running() {
      return exit === undefined;
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    get output() {
      return output;
    },
    async says(pattern, timeoutMs = 15_000) {
      const found = await waitFor(() => pattern.exec(output) ?? (exit === undefined ? undefined : ("ended" as const)), {
        timeoutMs,
        describe: () => `${argv.join(" ")} says ${String(pattern)}; it said:\n${output.slice(-SPOKEN_CHARS_MAX)}`,
      });
      if (found !== "ended") return found;
      const how = exit?.signal ?? `code ${String(exit?.code)}`;
      throw new Error(
        `${argv.join(" ")} ended with ${how} before it said ${String(pattern)}; it said:\n${output.slice(-SPOKEN_CHARS_MAX)}`,
      );
    },
    [Symbol.asyncDispose]: async () => void (await stop("SIGKILL")),
  };
}

export interface ProgramResult {
  /** 128 + n when signal n ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. A code other than 0 is a result; taking longer than `timeoutMs` (60 s) is an error. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions & { readonly timeoutMs?: number } = {},
): Promise<ProgramResult> {
  await using program = await startProgram(argv, options);
  const timeoutMs = options.timeoutMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), timeoutMs);
  });
  const ended = await Promise.race([program.exited, late]);
  clearTimeout(timer);
  if (ended === "late") {
    throw new Error(
      `${argv.join(" ")} took longer than ${timeoutMs} ms; it said:\n${program.output.slice(-SPOKEN_CHARS_MAX)}`,
    );
  }
  const exitCode = ended.code ?? 128 + signalNumber(ended.signal);
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}

const signalNumber = (signal: NodeJS.Signals | null): number => (signal === null ? 0 : constants.signals[signal]);
