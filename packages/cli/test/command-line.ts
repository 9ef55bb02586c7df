import { systemClock } from "@muster/node-kit";
import type { Entries } from "../src/entries.ts";
import { run } from "../src/run.ts";
import { memoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

export interface CommandLineOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly answers?: readonly string[];
  readonly person?: "asked" | "absent";
  readonly entries?: Partial<Entries>;
  /** The user's home; nothing is there unless told. */
  readonly homeDirectory?: string;
  /** Ctrl-C; never unless told. */
  readonly stopSignal?: AbortSignal;
  /** Results go to a screen. */
  readonly output?: "screen" | "pipe";
  /** The terminal to look at while the command runs; one of its own otherwise. */
  readonly terminal?: MemoryTerminal;
}

export interface CommandLineResult {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  readonly questions: readonly string[];
}

/** Runs one command line in this process. */
export async function commandLine(
  argv: readonly string[],
  options: CommandLineOptions = {},
): Promise<CommandLineResult> {
  const terminal = options.terminal ?? memoryTerminal(options.answers, options.person, options.output);
  const missing = (): never => {
    throw new Error("this test loads neither hub nor agent");
  };
  const code = await run(
    argv,
    {
      terminal,
      clock: systemClock,
      random: () => 0.5,
      env: options.env ?? {},
      homeDirectory: options.homeDirectory ?? "/nonexistent",
      hostName: "test-machine",
      cpuMs: () => 0,
      stopSignal: () => options.stopSignal ?? new AbortController().signal,
    },
    { hub: missing, agent: missing, ...options.entries },
  );
  return { code, output: terminal.output, errors: terminal.errors, questions: terminal.questions };
}
