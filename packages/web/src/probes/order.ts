import { compareRows, naturalOrder } from "../fleet/compare-rows.ts";
import type { SortValue } from "../fleet/compare-rows.ts";
import { healthRank } from "./probe-state.ts";
import type { Probe } from "./probes-view.ts";

/** Columns of the list that can be sorted by. */
export const PROBE_SORT_KEYS = ["health", "name", "kind", "target", "took", "certificate", "last", "about"] as const;
export type ProbeSortKey = (typeof PROBE_SORT_KEYS)[number];
export interface ProbeSort {
  readonly key: ProbeSortKey;
  readonly descending: boolean;
}

const READ: Readonly<Record<ProbeSortKey, (probe: Probe) => SortValue>> = {
  health: healthRank,
  name: ({ name }) => name,
  kind: ({ kind }) => kind,
  target: ({ target }) => target,
  took: ({ tookMs }) => tookMs,
  certificate: ({ certificateUntil }) => certificateUntil,
  last: ({ lastAt }) => lastAt,
  about: ({ about }) => about?.name ?? null,
};

/** Compares by the sort, then by name. */
export const compareProbes = ({ key, descending }: ProbeSort): ((a: Probe, b: Probe) => number) =>
  compareRows(READ[key], descending, (a, b) => naturalOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
