import type { JoinTokenState } from "@muster/protocol";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { JoinTokenStore } from "../../../fleet/join-token-store.ts";
import type { TopicSource } from "./topic-source.ts";

interface JoinTokenTopicDeps {
  readonly fleet: Fleet;
  readonly joinTokens: JoinTokenStore;
}

/** Who joined with one token. */
export const joinTokenTopic = ({ fleet, joinTokens }: JoinTokenTopicDeps): TopicSource<JoinTokenState> => ({
  exists: async (id) => (await joinTokens.byId(id)) !== undefined,
  open({ id, plan, signal }) {
    const stop = fleet.listen((event) => {
      if (event.is === "changed") plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      async whole() {
        const token = await joinTokens.byId(id);
        return token && { usesLeft: token.usesLeft, expiresAt: token.expiresAt, joined: token.joined };
      },
    };
  },
});
