import type { RestartPolicy, ServiceDefinition } from "../definition.ts";
import type { LedgerEvent } from "../ledger.ts";
import type { Exit } from "../service.ts";

/**
 * What people want of a supervised service, kept apart from what it is. `unasked`: nobody started or stopped it yet, so
 * another service may start it as its dependency; `gone`: its definition was removed.
 */
export type Wanted = "running" | "stopped" | "unasked" | "gone";

/** One run's leader: a pid is another process when it started at another tick. */
export interface SupervisedChild {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * What a supervised service is. `unborn`: a stop came while its program was being started; `stuck`: something of it
 * outlived SIGKILL, which happens while the kernel waits for a device.
 */
export type Standing =
  | { readonly is: "stopped" }
  | { readonly is: "starting"; readonly step: "dependencies" | "spawning" | "readying" }
  | { readonly is: "running" }
  | {
      readonly is: "stopping";
      readonly step: "unborn" | "signalled" | "killed" | "stuck";
      /** What follows if it is still wanted: a new start that was asked for, or the restart policy's judgement. */
      readonly next: "start" | "judge";
      /** Why it is ended; what the policy judges by. */
      readonly why: Ending;
    }
  | { readonly is: "backing-off" }
  /** Nobody starts it again until it is asked for; `complete`: or until its definition has what it lacks. */
  | { readonly is: "failed"; readonly until: "asked" | "complete" };

/** How a run came to its end, as the restart policy sees it. */
export type Ending =
  | { readonly by: "exit"; readonly exit: Exit }
  | { readonly by: "asked"; readonly cause: string }
  | { readonly by: "unhealthy" | "limit" | "not-ready" | "spawn"; readonly cause: string };

export interface SupervisedUnit {
  readonly standing: Standing;
  readonly wanted: Wanted;
  /** Null when nothing of it lives. */
  readonly child: SupervisedChild | null;
  /** Restarts in a row since it was last stable: what pauses grow by. */
  readonly streak: number;
  /** When it was restarted by itself, monotonic milliseconds, oldest first; those outside of the window are dropped. */
  readonly restartedAtMs: readonly number[];
  /** Restarts by itself since it was defined or reset. */
  readonly restarts: number;
}

export const newUnit = (wanted: Wanted): SupervisedUnit => ({
  standing: { is: "stopped" },
  wanted,
  child: null,
  streak: 0,
  restartedAtMs: [],
  restarts: 0,
});

/** What of its definition a transition needs. */
export interface UnitRules {
  readonly restart: RestartPolicy;
  readonly stop: ServiceDefinition["stop"];
  readonly ready: ServiceDefinition["ready"];
}

/** What happens to a supervised service. Those with a `cause` come from somebody who can say why. */
export type UnitEvent =
  | { readonly is: "start-asked"; readonly cause: string }
  | { readonly is: "stop-asked"; readonly cause: string }
  | { readonly is: "restart-asked"; readonly cause: string }
  | { readonly is: "reset-asked"; readonly cause: string }
  | { readonly is: "dependencies-ready" }
  | { readonly is: "dependencies-failed"; readonly cause: string }
  | { readonly is: "spawned"; readonly child: SupervisedChild }
  | { readonly is: "spawn-failed"; readonly cause: string }
  /** Its definition lacks something, so that a start is not even tried; and it lacks nothing any more. */
  | { readonly is: "incomplete"; readonly cause: string }
  | { readonly is: "complete"; readonly cause: string }
  /** It does its work: what depends on it may start. */
  | { readonly is: "ready" }
  /** The time to become ready is over. */
  | { readonly is: "not-ready"; readonly cause: string }
  /** Its leader ended; `some`: others of its group still live, and `group-gone` follows when they do not. */
  | { readonly is: "exited"; readonly exit: Exit; readonly left: "none" | "some" }
  | { readonly is: "group-gone" }
  | { readonly is: "stable" }
  | { readonly is: "retry-due" }
  | { readonly is: "grace-over" }
  | { readonly is: "became-unhealthy"; readonly cause: string }
  | { readonly is: "limit-exceeded"; readonly cause: string }
  /** Found alive by an agent that started anew. */
  | { readonly is: "adopted"; readonly child: SupervisedChild; readonly readiness: "ready" | "unknown" }
  | { readonly is: "removed"; readonly cause: string };

export type TimerEvent = "ready" | "not-ready" | "stable" | "retry-due" | "grace-over";

/** What has to be done after a transition, in this order. */
export type UnitEffect =
  /** Send `dependencies-ready` or `dependencies-failed`, at once or when it is so. */
  | { readonly is: "await-dependencies" }
  /** Start the program: `spawned` or `spawn-failed` follows. */
  | { readonly is: "spawn" }
  /** Type the keys, where there are, and signal the whole group. */
  | { readonly is: "signal"; readonly signal: string }
  /** SIGKILL to the whole group. */
  | { readonly is: "kill" }
  /** The one timer of the service: replaces the one before. */
  | { readonly is: "timer"; readonly rings: TimerEvent; readonly delayMs: number }
  | { readonly is: "no-timer" }
  | { readonly is: "checks"; readonly turn: "on" | "off" }
  | {
      readonly is: "note";
      readonly event: LedgerEvent;
      readonly from: UnitState;
      readonly to: UnitState;
      readonly cause: string;
    }
  /** Nothing of it is left and nobody wants it. */
  | { readonly is: "forget" };

export type UnitState = Standing["is"];

/** Monotonic time and one random number in [0, 1): all that a transition takes from outside. */
export interface Moment {
  readonly nowMs: number;
  readonly random: number;
}
