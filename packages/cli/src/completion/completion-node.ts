/** One place on the command line: which words may follow `path`. */
export interface CompletionNode {
  /** Words before, without the program's name; empty at the top. */
  readonly path: readonly string[];
  readonly words: readonly CompletionWord[];
  readonly flags: readonly CompletionWord[];
}

export interface CompletionWord {
  readonly word: string;
  readonly meaning: string;
}
