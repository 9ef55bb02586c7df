import { healthRank } from "./probe-state.ts";
import { naturalOrder } from "./probes-view.ts";
import type { Probe } from "./probes-view.ts";

/** Columns of the list that can be sorted by. */
export const PROBE_SORT_KEYS = ["health", "name", "kind", "target", "took", "certificate", "last", "about"] as const;
export type ProbeSortKey = (typeof PROBE_SORT_KEYS)[number];
export interface ProbeSort {
  readonly key: ProbeSortKey;
  readonly descending: boolean;
}

const READ: Readonly<Record<ProbeSortKey, (probe: Probe) => number | string | null>> = {
  health: healthRank,
  name: ({ name }) => name,
  kind: ({ kind }) => kind,
  target: ({ target }) => target,
  took: ({ tookMs }) => tookMs,
  certificate: ({ certificateUntil }) => certificateUntil,
  last: ({ lastAt }) => lastAt,
  about: ({ about }) => about?.name ?? null,
};

/** Compares by the sort, then by name, so that equal rows never change places. The unknown comes last. */
export function compareProbes({ key, descending }: ProbeSort): (a: Probe, b: Probe) => number {
  const sign = descending ? -1 : 1;
  const read = READ[key];
  return (a, b) => {
    const left = read(a);
    const right = read(b);
    if (left !== right) {
      if (left === null) return 1;
      if (right === null) return -1;
      const order =
        typeof left === "string" || typeof right === "string"
          ? naturalOrder.compare(String(left), String(right))
          : left - right;
      if (order !== 0) return sign * order;
    }
    return naturalOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  };
}
