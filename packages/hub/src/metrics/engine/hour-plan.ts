import { HOUR_MS } from "@muster/core";
import type { BlockReader, Instant, TimeRange } from "@muster/core";
import type { Query } from "../metric-store.ts";
import type { SampleScan } from "./sample-scan.ts";

/** Which hours of a range are answered from roll-ups, and where samples are read instead. */
export interface HourPlan {
  readonly blocks: readonly BlockReader[];
  readonly hours: ReadonlySet<Instant>;
  /** Ascending; with the hours they cover the range. */
  readonly rest: readonly TimeRange[];
}

/**
 * Undefined when samples answer all of it: when steps are shorter than an hour and no sample was dropped. An hour is
 * taken where it lies in one step whole, and then gives what its samples would; or where its samples were dropped, and
 * then stands in the step in which it begins.
 */
export function hourPlan(scan: SampleScan, server: number, query: Query, rawSince: Instant): HourPlan | undefined {
  const { range, stepMs } = query;
  if (stepMs < HOUR_MS && range.from >= rawSince) return undefined;
  const blocks = [...scan.blocks(server, HOUR_MS, range)];
  const hours = new Set<Instant>();
  const rest: TimeRange[] = [];
  let from = range.from;
  for (const hour of blocks.flatMap((block) => [...block.at])) {
    const until = hour + HOUR_MS;
    const stepOf = (instant: Instant): number => Math.floor((instant - range.from) / stepMs);
    const isWhole = until <= range.until && stepOf(hour) === stepOf(until - 1);
    if (hour < range.from || hour >= range.until || !(isWhole || hour < rawSince)) continue;
    hours.add(hour);
    if (hour > from) rest.push({ from, until: hour });
    from = until;
  }
  if (hours.size === 0) return undefined;
  if (from < range.until) rest.push({ from, until: range.until });
  return { blocks, hours, rest };
}
