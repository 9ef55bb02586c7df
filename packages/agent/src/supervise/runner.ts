import type { Exit, ServiceDefinition, SupervisedChild } from "@muster/core";
import type { SupervisedLog } from "./log-files/supervised-log.ts";

/** What is to be run, and under which mark it is known again. */
export interface RunSpec {
  readonly definition: ServiceDefinition;
  /** Values by variable; they go into the child's environment and nowhere else. */
  readonly secrets: Readonly<Record<string, string>>;
  /** In the run's record before it is started. */
  readonly runId: string;
  readonly log: SupervisedLog;
}

export interface RunListener {
  /** Its leader ended; `some`: others of its group live, and `groupGone` follows. At most once. */
  exited(exit: Exit, left: "none" | "some"): void;
  /** The last of its processes is gone, after `exited` with `some`. */
  groupGone(): void;
}

/** One run of a service: its leader with all that it started. */
export interface Run {
  readonly child: SupervisedChild;
  /** Asks it to end: the signal to the whole group, or, where there is a terminal and keys are given, the keys alone. */
  signal(signal: NodeJS.Signals, keys: string): void;
  /** SIGKILL to everything of it. */
  kill(): void;
  /** `own`: its end is told by the kernel. `watched`: somebody must `look` now and then. */
  readonly kinship: "own" | "watched";
  /** Sees an end that nobody told; costs one reading of /proc. */
  look(): void;
  /** Forgets it without touching it; nothing is told any more. */
  release(): void;
}

/** Starts and finds again. One implementation a driver. */
export interface Runner {
  readonly driver: "process" | "tmux";
  /** Why it cannot work here, or undefined. */
  problem(): Promise<string | undefined>;
  /** Rejects with the reason, in words, when the program cannot be started. */
  start(spec: RunSpec, listener: RunListener): Promise<Run>;
  /**
   * A run that an agent before this one started, by its mark; undefined when nothing of it lives. When only its leader is
   * gone, `exited` follows at the first `look`.
   */
  adopt(spec: RunSpec, child: SupervisedChild | null, listener: RunListener): Promise<Run | undefined>;
  /** Removes what is kept of a service that nobody wants any more. */
  forget?(name: string): void;
  /** Gives up all runs without touching them. */
  close(): void;
}
