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

/** More bands would only cover each other. */
const BANDS_MAX = 4;

/** Places of the series whose band is drawn, and the columns of these bands, low and high of each in turn. */
export function bandColumns(series: ChartFrame["series"]): {
  readonly places: readonly number[];
  readonly columns: (number | null)[][];
} {
  if (series.length > BANDS_MAX) return { places: [], columns: [] };
  const places = series.flatMap((one, place) => (one.band ? [place] : []));
  const columns = places.flatMap((place) => [[...series[place]!.band!.low], [...series[place]!.band!.high]]);
  return { places, columns };
}

const negate = (value: number | null): number | null => (value === null ? null : -value);
