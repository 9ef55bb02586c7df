import type { ChartFrame } from "./chart-frame.ts";

/** Columns as uPlot takes them: times in seconds, mirrored series below zero, stacked ones upon each other. */
export function plotColumns(frame: ChartFrame, stacked: boolean): [number[], ...(number | null)[][]] {
  const times = frame.times.map((time) => time / 1_000);
  if (!stacked) {
    return [times, ...frame.series.map((series) => (series.mirrored ? series.values.map(negate) : [...series.values]))];
  }
  const columns: (number | null)[][] = [];
  let below: readonly (number | null)[] | undefined;
  for (const series of frame.series) {
    const lower = below;
    const sums: (number | null)[] = series.values.map((value, index) => {
      const base = lower?.[index] ?? null;
      if (value === null) return base;
      return base === null ? value : base + value;
    });
    columns.push(sums);
    below = sums;
  }
  return [times, ...columns];
}

const negate = (value: number | null): number | null => (value === null ? null : -value);
