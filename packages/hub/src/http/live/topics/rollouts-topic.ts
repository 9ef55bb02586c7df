import type { RolloutsState } from "@muster/protocol";
import type { RolloutDesk } from "../../../rollouts/rollout-desk.ts";
import type { StoredRollout } from "../../../rollouts/rollout-store.ts";
import { rolloutView } from "../../../rollouts/rollout-view.ts";
import type { TopicSource } from "./topic-source.ts";

/** Rollouts that have not ended; then those that changed, also to their end. */
export const rolloutsTopic = ({ rollouts }: { readonly rollouts: RolloutDesk }): TopicSource<RolloutsState> => ({
  isUrgent: true,
  open({ plan, signal }) {
    const changed = new Map<string, StoredRollout>();
    const stop = rollouts.listen((rollout) => {
      changed.set(rollout.id, rollout);
      plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: () => ({ whole: true, rollouts: rollouts.unended.map(rolloutView) }),
      change() {
        if (changed.size === 0) return undefined;
        const state = { whole: false, rollouts: [...changed.values()].map(rolloutView) };
        changed.clear();
        return state;
      },
    };
  },
});
