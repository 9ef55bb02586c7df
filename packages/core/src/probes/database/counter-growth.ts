/** Totals of a server as they stood at one time. */
export interface CounterReading {
  /** Monotonic. */
  readonly atMs: number;
  /** Another text means that the server counts anew. */
  readonly epoch: string;
  readonly totals: Readonly<Record<string, number | null>>;
}

/** By how much each total grew, between two readings; `reset`: the server began to count anew in between. */
export type CounterGrowth =
  | { readonly is: "grown"; readonly seconds: number; readonly by: Readonly<Record<string, number | null>> }
  | { readonly is: "first" }
  | { readonly is: "reset" };

/** Compares two readings. One smaller total is enough to know that all began anew. */
export function counterGrowth(before: CounterReading | undefined, now: CounterReading): CounterGrowth {
  if (before === undefined) return { is: "first" };
  const by: Record<string, number | null> = {};
  for (const [name, total] of Object.entries(now.totals)) {
    const earlier = before.totals[name] ?? null;
    if (total !== null && earlier !== null && total < earlier) return { is: "reset" };
    by[name] = total === null || earlier === null ? null : total - earlier;
  }
  if (before.epoch !== now.epoch) return { is: "reset" };
  const seconds = (now.atMs - before.atMs) / 1_000;
  return seconds > 0 ? { is: "grown", seconds, by } : { is: "first" };
}

/** How much of a total's growth there was a second; null where that is not known. */
export const grownPerSecond = (growth: CounterGrowth, name: string): number | null =>
  growth.is === "grown" && typeof growth.by[name] === "number" ? growth.by[name] / growth.seconds : null;

/** Share of `part` in the growth of `part` and `rest` together; null where neither grew. */
export function grownShare(growth: CounterGrowth, part: string, rest: string): number | null {
  if (growth.is !== "grown") return null;
  const [one, other] = [growth.by[part], growth.by[rest]];
  if (typeof one !== "number" || typeof other !== "number" || one + other <= 0) return null;
  return one / (one + other);
}
