import { stageOf } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import type { Batch } from "./ask.ts";
import { followProgress, GLANCE_MS, WAIT_MS } from "./follow-progress.ts";

type ActionView = resources.ActionView;

const BATCH_MAX = 1_000;

/** Calls `tell` with each action that is new or at another stage than when it was told last. */
export function tellingStages(tell: (action: ActionView) => void): (actions: readonly ActionView[]) => void {
  const told = new Map<string, string>();
  return (actions) => {
    for (const action of actions) {
      const stage = stageOf(action);
      if (told.get(action.id) === stage) continue;
      told.set(action.id, stage);
      tell(action);
    }
  };
}

/**
 * Waits until every action of a batch has ended and tells each and each change, as `followProgress` does. The hub is asked
 * by the same ids, so nothing is ever done twice.
 */
export const followOutcomes = (
  shell: Shell,
  hub: HubClient,
  { batchId, items: first }: Batch,
  tell: (changed: ActionView) => void,
  signal: AbortSignal,
): Promise<readonly ActionView[]> =>
  followProgress<readonly ActionView[]>(
    shell,
    first,
    {
      isOver: (items) => items.every(isOver),
      tell: tellingStages(tell),
      async next(items, stop) {
        const open = items.filter((item) => !isOver(item));
        const [{ id, state }] = open as [ActionView];
        const waitMs = open.length > 1 || state === "asked" ? GLANCE_MS : WAIT_MS;
        const one = await hub.call("GET /api/v1/actions/{id}", { params: { id }, query: { waitMs } }, { signal: stop });
        const query = { batch: batchId, limit: BATCH_MAX };
        const others =
          open.length < 2 ? [] : (await hub.call("GET /api/v1/actions", { query }, { signal: stop })).items;
        // The list leaves out what was printed.
        const newest = new Map([...others, one].map((item) => [item.id, item]));
        return items.map((item) => (isOver(item) ? item : (newest.get(item.id) ?? item)));
      },
      where: `\`muster actions --batch ${batchId}\` shows what becomes of it.`,
    },
    signal,
  );

const isOver = ({ state }: ActionView): boolean => state === "ended";
