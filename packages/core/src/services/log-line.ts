import type { Instant } from "../time.ts";

/** Severity as syslog counts it: 0 emergency … 3 error, 4 warning, 6 info, 7 debug. Null when the source does not say. */
export type LogLevel = number | null;

/** One line of a log. */
export interface LogLine {
  readonly at: Instant | null;
  /** Where it stands in its source: reading can go on after it. */
  readonly cursor: string;
  readonly level: LogLevel;
  /** Without its line end; secrets are redacted; at most `LOG_LINE_CHARACTERS_MAX`. */
  readonly text: string;
  readonly stream: "stdout" | "stderr" | null;
}

/** What stands in the place of lines that are not there, and why. */
export interface LogGap {
  /** Null: nobody counted. */
  readonly dropped: number | null;
  readonly why: string;
}

export type LogItem = LogLine | { readonly gap: LogGap };

export const LOG_LINE_CHARACTERS_MAX = 16_384;
