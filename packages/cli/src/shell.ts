import type { Clock, Random } from "@muster/core";
import type { Terminal } from "./terminal/terminal.ts";

/** Everything of the outside that commands may touch. */
export interface Shell {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly hostName: string;
  /** Processor time of this process so far, in milliseconds. */
  readonly cpuMs: () => number;
  /**
   * Aborts when the user or the system asks the program to end. From the first call on the program no longer dies of
   * SIGINT and SIGTERM by itself, so only commands that stop in order ask for it. A second signal ends it at once.
   */
  stopSignal(): AbortSignal;
}
