import { RATE_LOOKBACK_MS } from "@muster/core";
import type { Instant, Labels, TimedValue, TimeRange } from "@muster/core";
import type { SeriesPoints } from "../metric-store.ts";
import type { SampleScan } from "./sample-scan.ts";

/** A series that matches; it gets its points with its first sample in the range. */
export interface Target {
  readonly series: number;
  readonly labels: Labels;
  base?: TimedValue;
  points?: Omit<SeriesPoints, "serverId" | "metric" | "labels">;
}

/** The last sample before an instant, of each series: what the growth to its next one is measured from. */
export function findBases(
  scan: SampleScan,
  server: number,
  instant: Instant,
  targets: readonly Target[],
  look: () => void,
): void {
  const range: TimeRange = { from: instant - RATE_LOOKBACK_MS, until: instant };
  const bases = new Map<number, TimedValue>();
  scan.forEach(
    server,
    range,
    targets.map(({ series }) => series),
    look,
    (series, at, value) => {
      bases.set(series, { at, value });
    },
  );
  for (const target of targets) {
    delete target.base;
    const base = bases.get(target.series);
    if (base !== undefined) target.base = base;
  }
}
