/**
 * Where a command speaks and listens. The real one is the process's own streams; tests use one that keeps texts in
 * memory.
 */
export interface Terminal {
  /** Results: what a pipe reads. */
  write(text: string): void;
  /** Bytes of a result that has no end in sight. Resolves when more may come, or with `closed` once nobody reads. */
  writeBytes(bytes: Uint8Array): Promise<"open" | "closed">;
  /** Questions, notes and errors: what a person reads beside a pipe. */
  writeError(text: string): void;
  /** Whether results go to a screen. */
  readonly outputIsScreen: boolean;
  /** Whether errors go to a screen. */
  readonly errorIsScreen: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Width of the screen in characters; undefined when results do not go to one. */
  readonly columns: number | undefined;
  /** One line, without its end; undefined at the end of input. `echo` off hides what is typed. */
  readLine(question: string, echo: "echo" | "hidden"): Promise<string | undefined>;
  /** Lets go of the input, so that the process can end. */
  close(): void;
}
