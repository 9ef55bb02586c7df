import type { ChartFrame } from "./chart-frame.ts";
import { totalBefore } from "./period-before.ts";

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
  const columns = places.flatMap((place) => {
    const { band, mirrored } = series[place]!;
    const edges = [band!.low, band!.high];
    return mirrored ? edges.toReversed().map((edge) => edge.map(negate)) : edges.map((edge) => [...edge]);
  });
  return { places, columns };
}

/** Stands for the sum of all series where a place among them is asked for. */
export const TOTAL_PLACE = -1;

/** Places of the series of which the period before is drawn, and its columns; of stacked ones only their sum. */
export function beforeColumns(
  series: ChartFrame["series"],
  stacked: boolean,
): { readonly places: readonly number[]; readonly columns: (number | null)[][] } {
  if (stacked) {
    const total = totalBefore(series);
    return total ? { places: [TOTAL_PLACE], columns: [[...total]] } : { places: [], columns: [] };
  }
  const places = series.flatMap((one, place) => (one.before ? [place] : []));
  const columns = places.map((place) => {
    const { before, mirrored } = series[place]!;
    return mirrored ? before!.map(negate) : [...before!];
  });
  return { places, columns };
}

const negate = (value: number | null): number | null => (value === null ? null : -value);
