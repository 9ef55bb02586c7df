import type { Instant } from "../time.ts";
import type { RunState, ServiceKey } from "./service.ts";

export const LEDGER_EVENTS = [
  "appeared",
  "gone",
  "state",
  "restarted",
  "health",
  "action",
  "adopted",
  "restart-planned",
  "gave-up",
  "defined",
  "notice",
] as const;
/** What happened to a service. */
export type LedgerEvent = (typeof LEDGER_EVENTS)[number];

/**
 * One line of a service's history, as the server wrote it when it happened. `seq` grows by one over all services of a
 * server, so that whoever reads knows what is missing.
 */
export interface LedgerEntry extends ServiceKey {
  readonly seq: number;
  readonly at: Instant;
  readonly event: LedgerEvent;
  readonly from: RunState | null;
  readonly to: RunState | null;
  /** One sentence for people: what it was and why, such as "exit 137 (out of memory), attempt 2 of 5, next in 4 s". */
  readonly cause: string;
  /** The command that caused it, when one did. */
  readonly cmd: string | null;
}

/** What a part that knows of something tells the ledger, which numbers and dates it. */
export type LedgerNote = Omit<LedgerEntry, "seq" | "at">;
