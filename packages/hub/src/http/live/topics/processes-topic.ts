import type { Clock } from "@muster/core";
import type { Processes } from "@muster/protocol";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { Links } from "../../../links/links.ts";
import type { TopicSource } from "./topic-source.ts";

const EVERY_MS = 3_000;
const LIMIT = 500;

interface ProcessesTopicDeps {
  readonly fleet: Fleet;
  readonly links: Links;
  readonly clock: Clock;
}

/** The processes of one server, asked for every few seconds as long as anybody looks. */
export const processesTopic = ({ fleet, links, clock }: ProcessesTopicDeps): TopicSource<Processes> => ({
  exists: (id) => fleet.get(id) !== undefined,
  open({ id, plan, refuse, signal }) {
    let processes: Processes | undefined;
    const poll = async (): Promise<void> => {
      if (signal.aborted) return;
      try {
        const limit = AbortSignal.timeout(EVERY_MS * 3);
        processes = (await links.call(id, "processes.list", { limit: LIMIT }, limit)) as Processes;
        plan();
      } catch (error) {
        refuse(error);
      }
      clock.after(EVERY_MS, () => void poll());
    };
    void poll();
    return { whole: () => processes };
  },
});
