import type { Clock, Instant, LogLevel, LogQuery, LogStreamItem } from "@muster/core";
import type { ActingHost } from "../host.ts";

/** What a source says, before escapes and secrets are taken out of it and anything is left out. */
export type LogRecord =
  | {
      readonly is: "line";
      /** Null where the source does not say. */
      readonly at: Instant | null;
      readonly cursor: string;
      /** Undefined: as the text says. */
      readonly level: LogLevel | undefined;
      readonly text: string;
      readonly stream: "stdout" | "stderr" | null;
    }
  | { readonly is: "gap"; readonly dropped: number | null; readonly why: string }
  /** The past is out; what follows is new. Once, and not when it does not follow. */
  | { readonly is: "caught-up" };

/** What is asked of a source. */
export interface RecordAsk {
  readonly name: string;
  /** So many of the last lines; with `afterCursor` it counts for nothing. */
  readonly linesMax: number;
  readonly since: Instant | undefined;
  /** Never together with `follow`. */
  readonly until: Instant | undefined;
  readonly afterCursor: string | undefined;
  readonly follow: boolean;
}

/** One kind of log. Throws, with a sentence for people, when there is no such log or it may not be read. */
export interface LogSourceReader {
  /**
   * Records in their order, as many at a time as were there. Without a cursor at least the last `linesMax` lines; older
   * ones may come before them. Ends when there is no more and nothing is followed, or the signal aborts.
   */
  read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined>;
}

/** Reads logs of one server, whatever keeps them: tidied, without secrets, and only what was asked for. */
export interface LogReader {
  read(query: LogQuery, signal: AbortSignal): AsyncGenerator<LogStreamItem, void, undefined>;
}

export interface LogSourceDeps {
  readonly host: ActingHost;
  readonly clock: Clock;
}

/** A line is read to this length; the rest of a longer one is left out. */
export const RAW_LINE_BYTES_MAX = 64 * 1024;
/** How often something that cannot be watched is looked at while it is followed. */
export const FOLLOW_EVERY_MS = 50;
