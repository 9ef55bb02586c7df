import type { Cancellable, Clock, Exit, SupervisedChild } from "@muster/core";
import { killSession, signalGroup, whenGroupEnds } from "./end-of-group.ts";
import { isAlive } from "./processes-of-run.ts";
import type { Run, RunListener } from "./runner.ts";

export interface LeaderRunParts {
  readonly clock: Clock;
  readonly listener: RunListener;
  /** Whether anything that the leader started lives. */
  readonly isGroupLiving: () => boolean;
  /** The run is over, or let go. */
  readonly released: () => void;
  /** Types keys into its terminal; absent where there is none. */
  readonly type?: (keys: string) => void;
}

const SEEN_BY_NOBODY: Exit = { code: null, signal: null, detail: "the agent was started anew in its lifetime" };

/** A run as its leader's process and those in the leader's group and session. */
export class LeaderRun implements Run {
  readonly child: SupervisedChild;
  readonly kinship: Run["kinship"];
  readonly #parts: LeaderRunParts;
  #standing: "living" | "ending" | "over" = "living";
  #groupWatch: Cancellable | undefined;

  constructor(child: SupervisedChild, kinship: Run["kinship"], parts: LeaderRunParts) {
    this.child = child;
    this.kinship = kinship;
    this.#parts = parts;
  }

  signal(signal: NodeJS.Signals, keys: string): void {
    if (this.#parts.type !== undefined && keys !== "") this.#parts.type(keys);
    else signalGroup(this.child.pid, signal);
  }

  kill(): void {
    killSession(this.child.pid);
  }

  look(): void {
    if (this.kinship === "watched" && !isAlive(this.child)) this.leaderEnded(SEEN_BY_NOBODY);
  }

  leaderEnded(exit: Exit): void {
    if (this.#standing !== "living") return;
    const { clock, listener, isGroupLiving } = this.#parts;
    if (!isGroupLiving()) {
      this.#end();
      return listener.exited(exit, "none");
    }
    this.#standing = "ending";
    this.#groupWatch = whenGroupEnds(clock, isGroupLiving, () => {
      this.#end();
      listener.groupGone();
    });
    listener.exited(exit, "some");
  }

  release(): void {
    if (this.#standing !== "over") this.#end();
    this.#groupWatch?.cancel();
  }

  #end(): void {
    this.#standing = "over";
    this.#parts.released();
  }
}
