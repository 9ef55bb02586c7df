import type { Instant } from "@muster/core";
import type { ResultBody } from "@muster/protocol";
import type { Seen, StartedAction } from "./executor.ts";

/** What is written down of an action before it takes effect. */
export interface BegunAction {
  readonly cmd: string;
  readonly startedAt: Instant;
  /** The policy entry it was allowed by, as JSON text; absent for refusals and for what needs none. */
  readonly allowedBy?: string;
  /** What was asked; absent for refusals, and in journals of before this was kept. */
  readonly action?: StartedAction;
  /** What was there just before the effect. Absent: it has not begun. */
  readonly seen?: Seen;
}

/**
 * What was asked of one server and what came of it. It stands between asking and effect, so that no effect comes twice:
 * what is written is durable when it returns, or resolves. Questions are answered from memory. `Origin` is what it keeps
 * besides of where an action came from.
 */
export interface ActionJournal<Origin = void> {
  /** `open`: begun and without a result; undefined: never begun. */
  resultOf(cmd: string): ResultBody | "open" | undefined;
  /** When a policy entry, as JSON text, was used: its limits survive restarts by it. */
  usesOf(entry: string): readonly Instant[];
  /** Begun and without a result. */
  unfinished(): readonly BegunAction[];
  begin(action: BegunAction, origin: Origin): void | Promise<void>;
  /** What is there now; the effect may begin after this. */
  observe(cmd: string, seen: Seen): void | Promise<void>;
  end(result: ResultBody, origin: Origin): void | Promise<void>;
}
