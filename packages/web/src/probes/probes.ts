import type { ProbesState } from "@muster/protocol";
import { api } from "../api/api.ts";
import { live } from "../live/live.ts";
import { wholeView } from "../live/whole-view.ts";
import { applyProbes, NO_PROBES } from "./probes-view.ts";

/** All probes as the live socket tells them. */
export const { use: useProbes, forget: forgetProbes } = wholeView({
  name: "probes",
  none: NO_PROBES,
  apply: applyProbes,
  listen: (onMessage) => live.listen<"probes">("probes", onMessage),
  async fetchWhole(signal): Promise<ProbesState> {
    const { items } = await api("GET /api/v1/probes", { query: {}, signal });
    return { whole: true, probes: items, removed: [] };
  },
});
