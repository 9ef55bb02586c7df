/** Names that only the hub knows; `muster names …` asks for them while somebody types. */
export const NAMED = [
  "services",
  "servers",
  "probes",
  "caches",
  "panels",
  "incidents",
  "silences",
  "rules",
  "notifiers",
  "tasks",
  "runs",
] as const;
export type Named = (typeof NAMED)[number];

/** One place on the command line: which words may follow `path`. */
export interface CompletionNode {
  /** Words before, without the program's name; empty at the top. */
  readonly path: readonly string[];
  readonly words: readonly CompletionWord[];
  readonly flags: readonly CompletionWord[];
  /** What its operands name, where the hub is asked for names. */
  readonly operands?: Named;
}

export interface CompletionWord {
  readonly word: string;
  readonly meaning: string;
}
