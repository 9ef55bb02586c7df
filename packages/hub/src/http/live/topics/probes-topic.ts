import type { ProbesState } from "@muster/protocol";
import type { ProbeDesk } from "../../../probes/probe-desk.ts";
import type { TopicSource } from "./topic-source.ts";

/** All probes; then those that changed. */
export const probesTopic = ({ probes }: { readonly probes: ProbeDesk }): TopicSource<ProbesState> => ({
  isUrgent: true,
  open({ plan, signal }) {
    const changed = new Set<string>();
    const removed = new Set<string>();
    const stop = probes.listen(({ is, probeId }) => {
      (is === "removed" ? removed : changed).add(probeId);
      (is === "removed" ? changed : removed).delete(probeId);
      plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: () => ({ whole: true, probes: probes.views(), removed: [] }),
      change() {
        const state = {
          whole: false,
          probes: [...changed].flatMap((id) => (probes.has(id) ? [probes.view(id)] : [])),
          removed: [...removed],
        };
        changed.clear();
        removed.clear();
        return state.probes.length === 0 && state.removed.length === 0 ? undefined : state;
      },
    };
  },
});
