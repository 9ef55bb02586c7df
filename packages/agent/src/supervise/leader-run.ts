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
  /** Somebody else knows how the leader ended, and did not tell yet that it did. */
  readonly missed?: () => void;
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
  #leaderWatch: Cancellable | undefined;

  constructor(child: SupervisedChild, kinship: Run["kinship"], parts: LeaderRunParts) {
    this.child = child;
    this.kinship = kinship;
    this.#parts = parts;
  }

  signal(signal: NodeJS.Signals, keys: string): void {
    if (this.#parts.type !== undefined && keys !== "") this.#parts.type(keys);
    else signalGroup(this.child.pid, signal);
    this.#awaitEnd();
  }

  kill(): void {
    killSession(this.child.pid);
    this.#awaitEnd();
  }

  /** Where the kernel does not tell us the end of a child, one that was signalled should not wait for the next look. */
  #awaitEnd(): void {
    const isTold = this.kinship === "own" && this.#parts.missed === undefined;
    if (isTold || this.#leaderWatch !== undefined) return;
    this.#leaderWatch = whenGroupEnds(
      this.#parts.clock,
      () => isAlive(this.child),
      () => this.look(),
    );
  }

  look(): void {
    if (this.#standing !== "living" || isAlive(this.child)) return;
    if (this.#parts.missed !== undefined) this.#parts.missed();
    else if (this.kinship === "watched") this.leaderEnded(SEEN_BY_NOBODY);
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
    this.#leaderWatch?.cancel();
    this.#parts.released();
  }
}
