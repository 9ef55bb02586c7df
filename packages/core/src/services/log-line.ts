import type { Instant } from "../time.ts";
import type { DriverName } from "./service.ts";

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

/** What comes of a log that is being read: its lines, and once, before what is new, that the past is out. */
export type LogStreamItem = LogItem | { readonly caughtUp: true };

export interface LogSource {
  /** `file`: `name` is an absolute path. */
  readonly driver: DriverName | "file";
  readonly name: string;
}

/** Only lines with this in them: text as it stands, or an expression that is matched in linear time. */
export interface LogSearch {
  readonly text: string;
  readonly isExpression: boolean;
}

export interface LogQuery extends LogSource {
  /** So many of the last lines first; those before `until` when given. */
  readonly linesMax: number;
  readonly since?: Instant;
  readonly until?: Instant;
  /** Goes on after this line instead: without a gap, or with one that says so. */
  readonly afterCursor?: string;
  readonly follow: boolean;
  readonly search?: LogSearch;
  /** Only lines at least as severe: 3 leaves errors. Lines without a level stay. */
  readonly levelMax?: number;
}

export const LOG_LINES_MAX = 100_000;
export const LOG_CURSOR_CHARACTERS_MAX = 1_024;
export const LOG_LINE_CHARACTERS_MAX = 16_384;
