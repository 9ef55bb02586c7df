import { RATE_LOOKBACK_MS } from "@muster/core";
import type { Instant, Labels, TimedValue, TimeRange } from "@muster/core";
import type { Selection } from "../metric-store.ts";
import type { SampleScan } from "./sample-scan.ts";

/** A series that a selection matches. */
export interface Target {
  readonly selection: number;
  readonly asked: Selection;
  readonly series: number;
  readonly labels: Labels;
  readonly labelsText: string;
}

/** The last sample before an instant, of each series: what the growth to its next one is measured from. */
export function basesBefore(
  scan: SampleScan,
  server: number,
  instant: Instant,
  targets: readonly Target[],
  look: (samples: number) => void,
): ReadonlyMap<number, TimedValue> {
  const wanted = [...new Set(targets.flatMap(({ asked, series }) => (asked.step === "rate" ? [series] : [])))];
  const bases = new Map<number, TimedValue>();
  if (wanted.length === 0) return bases;
  const range: TimeRange = { from: instant - RATE_LOOKBACK_MS, until: instant };
  scan.forEachRun(server, range, wanted, look, (series, at, values, first, end) => {
    for (let row = end - 1; row >= first; row--) {
      const value = values[row] ?? NaN;
      if (Number.isNaN(value)) continue;
      bases.set(series, { at: at[row] ?? NaN, value });
      return;
    }
  });
  return bases;
}
