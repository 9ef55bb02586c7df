import { isMusterError, MusterError, stageOf } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { patiently } from "../client/patience.ts";
import type { PatienceDeps } from "../client/patience.ts";
import type { Batch } from "./ask.ts";

type ActionView = resources.ActionView;

/** How long one request waits at the hub: shortly while there is more to see than one end. */
const GLANCE_MS = 1_000;
const WAIT_MS = 20_000;
/** How long a hub may be away before waiting for it makes no sense. */
const AWAY_MS = 300_000;
const BATCH_MAX = 1_000;

/**
 * Waits until every action of a batch has ended and tells each change. A hub that goes away meanwhile is asked again by
 * the same ids, so nothing is ever done twice. Aborting ends the waiting, not the actions: then, as when the hub stays
 * away, ACTION_TIMED_OUT or HUB_UNREACHABLE says where to look.
 */
export async function followOutcomes(
  hub: HubClient,
  batch: Batch,
  tell: (changed: ActionView) => void,
  deps: PatienceDeps,
  signal: AbortSignal,
): Promise<readonly ActionView[]> {
  const known = new Map(batch.items.map((item) => [item.id, item]));
  const learn = (item: ActionView): void => {
    const before = known.get(item.id);
    if (before === undefined || before.state === "ended") return;
    known.set(item.id, item);
    if (stageOf(before) !== stageOf(item)) tell(item);
  };
  const pending = (): readonly ActionView[] => [...known.values()].filter(({ state }) => state !== "ended");
  try {
    for (let open = pending(); open.length > 0; open = pending()) {
      const [first] = open as [ActionView];
      const waitMs = open.length > 1 || first.state === "asked" ? GLANCE_MS : WAIT_MS;
      await patiently(deps, AWAY_MS, signal, async () => {
        learn(await hub.call("GET /api/v1/actions/{id}", { params: { id: first.id }, query: { waitMs } }, { signal }));
        if (open.length < 2) return;
        const query = { batch: batch.batchId, limit: BATCH_MAX };
        for (const item of (await hub.call("GET /api/v1/actions", { query }, { signal })).items) learn(item);
      });
    }
    return [...known.values()];
  } catch (error) {
    const where = `\`muster actions --batch ${batch.batchId}\` shows what becomes of it.`;
    if (signal.aborted) {
      throw new MusterError(
        "ACTION_TIMED_OUT",
        { message: `Stopped waiting; what was asked goes on. ${where}` },
        error,
      );
    }
    if (!isMusterError(error, "HUB_UNREACHABLE")) throw error;
    throw new MusterError("HUB_UNREACHABLE", { message: `${error.message} ${where}` }, error);
  }
}
