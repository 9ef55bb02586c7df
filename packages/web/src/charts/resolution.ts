import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { QueryLineView } from "@muster/protocol";

/** The longest roll-ups in some answers, in milliseconds; null where all their points were made of samples. */
export function resolutionOf(
  ...answers: readonly ({ readonly series: readonly Pick<QueryLineView, "resolutionMs">[] } | undefined)[]
): number | null {
  const known = answers.flatMap((answer) => answer?.series ?? []).flatMap(({ resolutionMs }) => resolutionMs ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

export const resolutionWord = (resolutionMs: number): "minutes" | "hours" | "other" =>
  resolutionMs === MINUTE_MS ? "minutes" : resolutionMs === HOUR_MS ? "hours" : "other";
