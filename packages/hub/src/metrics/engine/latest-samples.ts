import type { Instant, TimedValue } from "@muster/core";
import type { SampleScan } from "./sample-scan.ts";
import { RAW } from "./schema.ts";

/** The newest sample of each series of a server at or after an instant. */
export function latestSamples(scan: SampleScan, server: number, since: Instant): ReadonlyMap<number, TimedValue> {
  const found = new Map<number, TimedValue>();
  const take = (series: number, at: Instant, value: number): void => {
    if (!Number.isNaN(value) && at > (found.get(series)?.at ?? -Infinity)) found.set(series, { at, value });
  };
  const layouts = scan.frames.layouts(server, since);
  // Only what a layout in use names can be found, so the walk back ends when all of it was.
  const wanted = new Set([...layouts.values()].flatMap((series) => [...series]));
  scan.frames.backward(server, since, Number.MAX_SAFE_INTEGER, (at, layout, values, offset) => {
    for (const [slot, series] of (layouts.get(layout) ?? new Uint32Array()).entries()) {
      const value = values[offset + slot] ?? NaN;
      take(series, at, value);
      if (!Number.isNaN(value)) wanted.delete(series);
    }
    return wanted.size > 0;
  });
  // A late frame may be older than what is sealed; everything found since the end of the last block is newer.
  const range = { from: since, until: Number.MAX_SAFE_INTEGER };
  const isOpen = (series: number, until: Instant): boolean => (found.get(series)?.at ?? -Infinity) < until;
  for (const block of scan.blocks(server, RAW, range, "down")) {
    const lastAt = block.at.at(-1) ?? NaN;
    for (const series of block.keys()) {
      if (!isOpen(series, lastAt)) continue;
      const values = block.column(series) ?? new Float64Array();
      for (let row = values.length - 1; row >= 0 && (block.at[row] ?? NaN) >= since; row--) {
        if (Number.isNaN(values[row] ?? NaN)) continue;
        take(series, block.at[row] ?? NaN, values[row] ?? NaN);
        wanted.delete(series);
        break;
      }
    }
    if (wanted.size === 0 && ![...found.values()].some(({ at }) => at < (block.at[0] ?? NaN))) break;
  }
  return found;
}
