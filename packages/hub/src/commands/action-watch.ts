import type { Clock } from "@muster/core";
import type { ActionView } from "@muster/protocol";
import type { ActionRow } from "../state/schema.ts";
import { actionView } from "./action-store.ts";

/** Who wants to hear of actions: of every change, or of one's end. */
export class ActionWatch {
  readonly #clock: Clock;
  readonly #listeners = new Set<(action: ActionView) => void>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  listen(listener: (action: ActionView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells of a change that is durable, without what a program printed. */
  tell(row: ActionRow): void {
    const view = actionView({ ...row, output: null });
    for (const listener of this.#listeners) listener(view);
    if (row.state === "ended") for (const finish of this.#waiting.get(row.id) ?? []) finish();
  }

  /** Resolves when the action has ended, the time is over or the signal aborts, whichever is first. */
  ended(id: string, waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const finish = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", finish);
        waiting.delete(finish);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = this.#clock.after(waitMs, finish);
      signal.addEventListener("abort", finish, { once: true });
      waiting.add(finish);
    });
  }
}
