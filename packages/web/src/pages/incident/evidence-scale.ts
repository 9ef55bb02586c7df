import type { MetricUnit } from "@muster/core";

export interface EvidenceScale {
  /** What the lower and the upper edge of the picture stand for; never the same. */
  readonly bottom: number;
  readonly top: number;
  /** Of the values; null where there are none. */
  readonly least: number | null;
  readonly most: number | null;
  readonly last: number | null;
}

/** How a small picture of some values is scaled: shares from nothing to all of it, anything else from where it begins. */
export function scaleOf(values: readonly (number | null)[], unit: MetricUnit): EvidenceScale {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { bottom: 0, top: 1, least: null, most: null, last: null };
  const least = Math.min(...known);
  const most = Math.max(...known);
  const ends =
    unit === "ratio"
      ? { bottom: Math.min(0, least), top: Math.max(1, most) }
      : // A line that does not move lies in the middle.
        least === most
        ? { bottom: least - 1, top: most + 1 }
        : { bottom: least, top: most };
  return { ...ends, least, most, last: known.at(-1) ?? null };
}
