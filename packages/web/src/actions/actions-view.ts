import type { ActionView } from "@muster/protocol";

export type Action = ActionView;

const STAGE: Readonly<Record<Action["state"], number>> = { asked: 0, sent: 1, ended: 2 };

/**
 * What is known after more was told, newest first. Answers may cross on their way: an action never goes back to an
 * earlier stage.
 */
export function mergeActions(known: readonly Action[], told: readonly Action[]): readonly Action[] {
  const byId = new Map(known.map((action) => [action.id, action]));
  for (const action of told) {
    const before = byId.get(action.id);
    if (before && STAGE[before.state] > STAGE[action.state]) continue;
    byId.set(action.id, action);
  }
  return [...byId.values()].toSorted((a, b) => b.askedAt - a.askedAt || (a.id < b.id ? 1 : -1));
}

export const isRunning = ({ state }: Action): boolean => state !== "ended";

/** How long it took, or has taken by now, in milliseconds. */
export const tookMs = (action: Action, now: number): number => Math.max(0, (action.endedAt ?? now) - action.askedAt);
