import type { Action, Clock, DriverName, Execution, PolicyEntry, SeenBefore, ServiceKey } from "@muster/core";
import type { ActingHost } from "../host.ts";
import type { ServiceDriver } from "../service-driver.ts";

/** What the server itself starts, as far as commands change it. */
export interface Definitions {
  /** Sets a definition from its text, durably when it returns, and starts what is to be started. */
  define(key: ServiceKey, text: string): Execution;
  /** Stops and removes it; settles when it is gone or the signal aborts. */
  undefine(key: ServiceKey, signal: AbortSignal): Promise<Execution>;
}

export interface ExecutionDeps {
  readonly clock: Clock;
  /** Undefined where the server cannot be acted on at all, only looked at. */
  readonly host: ActingHost | undefined;
  /** Those that work on this server. */
  readonly drivers: ReadonlyMap<DriverName, ServiceDriver>;
  readonly definitions: Definitions | undefined;
  /** Another way to reboot the machine and see that it did, where there is no host to do it by. */
  readonly reboot?: ((signal: AbortSignal) => Promise<Execution>) | undefined;
  /** The agent's own process; undefined where none runs on the server. */
  readonly ownPid: number | undefined;
  /** Aborts when the runner stops; what is under way then is found out by the next start. */
  readonly stopping: AbortSignal;
}

/** What was seen just before an effect: enough to tell after a crash whether the effect came. */
export type Seen =
  | { readonly of: "service"; readonly before: SeenBefore }
  | { readonly of: "process"; readonly pid: number; readonly startTicks: number }
  | { readonly of: "machine"; readonly bootId: string }
  /** Nothing that could be seen again tells anything. */
  | { readonly of: "nothing" };

/** An action that the policy allowed. */
export interface Allowed {
  readonly action: Action;
  /** The entry that allowed it; undefined for what needs none. */
  readonly entry: PolicyEntry | undefined;
}

/** How one kind of action is done. */
export interface Executor {
  /** Two with the same lane never run at one time; empty: it gets in nobody's way. */
  lane(action: Action): string;
  /** It is ended after so long. */
  limitMs(allowed: Allowed): number;
  /** What is there before. Changes nothing; a throw means that nothing was done. */
  observe(action: Action, deps: ExecutionDeps, signal: AbortSignal): Promise<Seen>;
  /** Does it, and waits until the effect is seen or will not come. After a throw nobody knows. */
  run(allowed: Allowed, seen: Seen, deps: ExecutionDeps, signal: AbortSignal): Promise<Execution>;
  /** After a crash in the middle: what came of it, from what can be seen now. Repeats nothing. */
  settle(action: StartedAction, seen: Seen, deps: ExecutionDeps, signal: AbortSignal): Promise<Execution>;
}

/** An action as the journal holds it: without the text of a definition, which may hold secrets. */
export type StartedAction = Action;

/** What is said of something that ran when muster stopped there and that left nothing to look at. */
export const unknownAfterCrash: Execution = {
  outcome: "unknown",
  detail: "muster stopped while this ran; what came of it is not known, and it is not repeated",
};

export const failed = (detail: string): Execution => ({ outcome: "failed", detail });
export const refused = (detail: string): Execution => ({ outcome: "refused", detail });
export const succeeded = (detail: string): Execution => ({ outcome: "succeeded", detail });

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
