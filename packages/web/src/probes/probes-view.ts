import { naturalOrder } from "../fleet/compare-rows.ts";
import type { ProbesState, ProbeView } from "@muster/protocol";

export type Probe = ProbeView;

/** What is known of probes, by id. `loaded` is false until the first whole answer. */
export interface ProbesView {
  readonly loaded: boolean;
  readonly probes: ReadonlyMap<string, Probe>;
}

export const NO_PROBES: ProbesView = { loaded: false, probes: new Map() };

/** What is known after one message. Probes that did not change keep their identity, so that nothing redraws for them. */
export function applyProbes(view: ProbesView, message: ProbesState): ProbesView {
  if (!message.whole && !view.loaded) return view;
  const probes = new Map(message.whole ? [] : view.probes);
  // By name from the first: sorting thousands of them with each message is cheap then, because hardly any moves.
  const told = message.whole ? message.probes.toSorted((a, b) => naturalOrder.compare(a.name, b.name)) : message.probes;
  for (const probe of told) probes.set(probe.id, probe);
  for (const id of message.removed) probes.delete(id);
  return { loaded: true, probes };
}
