import type { MetricUnit } from "@muster/core";
import uPlot from "uplot";
import type { Format } from "../i18n/format.ts";
import { fadeColor, mixColors } from "./chart-colors.ts";
import type { ChartColors } from "./chart-colors.ts";
import { lonePoints } from "./lone-points.ts";
import { TOTAL_PLACE } from "./plot-columns.ts";
import { timeLabels } from "./time-axis.ts";
import { tooltipPlugin } from "./chart-tooltip.ts";
import type { TooltipLine } from "./chart-tooltip.ts";
import { formatTick, tickSteps } from "./value-format.ts";

export interface PlotLook {
  readonly width: number;
  readonly height: number;
  readonly unit: MetricUnit;
  readonly stacked: boolean;
  readonly filled: boolean;
  /** The top of the axis where it is known: 1 for shares of a whole, the size of the memory. */
  readonly top: number | undefined;
  readonly seriesCount: number;
  /** Places of the series that have a band; the columns of each, low and high, follow those of all series. */
  readonly banded: readonly number[];
  /** Places of the series whose period before is drawn, after the bands; `TOTAL_PLACE` is their sum. */
  readonly before: readonly number[];
  /** How far apart two points may be with a line between them, as it is now. */
  readonly gapMs: () => number;
  readonly colors: ChartColors;
  readonly format: Format;
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  readonly readTooltip: (index: number) => { readonly time: string; readonly lines: readonly TooltipLine[] };
  /** A drag over the plot, in epoch milliseconds. */
  readonly onZoom: (from: number, to: number) => void;
  /** A double click. */
  readonly onBack: () => void;
}

/** Even a quiet chart has an axis: the least top by unit. */
const LEAST_TOP: Readonly<Partial<Record<MetricUnit, number>>> = {
  ratio: 0.1,
  bytes: 1_024,
  bytes_per_second: 1_024,
  count: 4,
  per_second: 1,
  load: 1,
  seconds: 0.01,
};

const ZOOM_PIXELS_MIN = 6;

/** uPlot with everything set that Muster's charts have in common. */
export function makePlot(look: PlotLook, data: uPlot.AlignedData, target: HTMLElement): uPlot {
  const { colors, format, unit } = look;
  const axis = { stroke: colors.axis, font: colors.font, ticks: { show: false } };
  const steps = tickSteps(unit);
  return new uPlot(
    {
      width: look.width,
      height: look.height,
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: look.syncKey, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => (look.onBack(), null) },
        points: { size: (_plot, place) => (place > look.seriesCount ? 0 : 5) },
      },
      scales: { x: { time: true }, y: { range: (_plot, min, max) => rangeOf(min, max, look) } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 26,
          space: 70,
          values: (_plot, splits, _axis, _space, step) => timeLabels(splits, step, format.locale),
        },
        {
          ...axis,
          grid: { stroke: colors.grid, width: 1 },
          size: 62,
          space: 34,
          ...(steps ? { incrs: steps } : {}),
          values: (_plot, splits, _axis, _space, step) => splits.map((value) => formatTick(unit, value, step, format)),
        },
      ],
      series: [
        {},
        ...Array.from({ length: look.seriesCount }, (_, index) => seriesLook(look, index)),
        ...look.banded.flatMap(() => [edgeLook(look), edgeLook(look)]),
        ...look.before.map((place) => beforeLook(look, place)),
      ],
      bands: look.banded.map((place, index) => ({
        series: [look.seriesCount + 2 * index + 2, look.seriesCount + 2 * index + 1],
        fill: fadeColor(colorOf(look, place), 0.2),
      })),
      plugins: [tooltipPlugin(look.readTooltip)],
      hooks: {
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < ZOOM_PIXELS_MIN) return;
            look.onZoom(plot.posToVal(left, "x") * 1_000, plot.posToVal(left + width, "x") * 1_000);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    data,
    target,
  );
}

function seriesLook(look: PlotLook, index: number): uPlot.Series {
  // Stacked series are painted from the top one down, each over the lower part of the one before.
  const place = look.stacked ? look.seriesCount - 1 - index : index;
  const color = colorOf(look, place);
  const filled = look.stacked || (look.filled && place === 0);
  return {
    stroke: color,
    width: 1.25,
    // A line needs two points; a value with nothing near it is a dot.
    points: {
      show: () => false,
      size: 5,
      fill: color,
      filter: (plot, place) => lonePoints(plot.data[0], plot.data[place]!, look.gapMs() / 1_000),
    },
    ...(filled ? { fill: mixColors(color, look.colors.background, look.stacked ? 0.4 : 0.16) } : {}),
    gaps: gapsOf(look),
  };
}

/** The edge of a band draws nothing itself. */
const edgeLook = (look: PlotLook): uPlot.Series => ({ width: 0, points: { show: false }, gaps: gapsOf(look) });

/** Dashed and paler than the present, so that neither colour nor dash alone tells them apart. */
const beforeLook = (look: PlotLook, place: number): uPlot.Series => ({
  stroke: place === TOTAL_PLACE ? look.colors.axis : fadeColor(colorOf(look, place), 0.65),
  width: 1.25,
  dash: [5, 4],
  points: { show: false },
  gaps: gapsOf(look),
});

const colorOf = (look: PlotLook, place: number): string =>
  look.colors.series[place % look.colors.series.length] ?? "#888888";

/** Readings come with a little jitter: an empty bucket between two full ones is no gap yet. */
const gapsOf =
  (look: PlotLook): NonNullable<uPlot.Series["gaps"]> =>
  (plot, _series, _from, _to, gaps) =>
    gaps.filter(
      ([left, right]) => (plot.posToVal(right, "x", true) - plot.posToVal(left, "x", true)) * 1_000 > look.gapMs(),
    );

function rangeOf(min: number | null, max: number | null, look: PlotLook): [number, number] {
  const least = LEAST_TOP[look.unit] ?? 1;
  const high = Math.max(max ?? 0, 0);
  const low = Math.min(min ?? 0, 0);
  if (look.unit === "celsius" && min !== null && max !== null)
    return [Math.max(0, Math.floor(min / 10) * 10 - 10), max + 5];
  if (low < 0) {
    const reach = Math.max(high, -low, least) * 1.1;
    return [Math.min(low * 1.1, -reach * 0.15), Math.max(high * 1.1, reach * 0.15)];
  }
  if (look.top !== undefined) return [0, Math.max(look.top, high)];
  return [0, Math.max(high * 1.1, least)];
}
