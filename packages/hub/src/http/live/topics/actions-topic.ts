import type { ActionsState, ActionView } from "@muster/protocol";
import type { ActionOutbox } from "../../../commands/action-outbox.ts";
import type { ActionStore } from "../../../commands/action-store.ts";
import type { TopicSource } from "./topic-source.ts";

export interface ActionsTopicDeps {
  readonly actions: Pick<ActionStore, "list">;
  readonly outbox: Pick<ActionOutbox, "listen">;
}

const NEWEST = 100;

/** The newest actions without what programs printed, then those that are new or have come further. */
export const actionsTopic = ({ actions, outbox }: ActionsTopicDeps): TopicSource<ActionsState> => ({
  isUrgent: true,
  open({ plan, signal }) {
    const changed = new Map<string, ActionView>();
    const stop = outbox.listen((action) => {
      changed.set(action.id, action);
      plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: async () => ({ whole: true, actions: await actions.list({ limit: NEWEST }) }),
      change() {
        if (changed.size === 0) return undefined;
        const state = { whole: false, actions: [...changed.values()].reverse() };
        changed.clear();
        return state;
      },
    };
  },
});
