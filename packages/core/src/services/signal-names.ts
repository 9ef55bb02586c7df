/** Signals that can be asked for. */
export const SIGNAL_NAMES = ["TERM", "KILL", "HUP", "INT", "QUIT", "USR1", "USR2", "STOP", "CONT"] as const;
export type SignalName = (typeof SIGNAL_NAMES)[number];
/** Those that end a process unless it decides otherwise; the others leave it running, and no trace. */
export const ENDING_SIGNALS: readonly string[] = ["TERM", "KILL", "INT", "QUIT"];

/** Numbers of signals as Linux has them on every architecture that Node runs on. */
const NAMES: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  17: "SIGCHLD",
  18: "SIGCONT",
  19: "SIGSTOP",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  31: "SIGSYS",
};

/** `SIGKILL` for 9; `signal 40` for one without a name. */
export const signalName = (number: number): string => NAMES[number] ?? `signal ${number}`;
