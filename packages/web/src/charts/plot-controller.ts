import type { MetricUnit } from "@muster/core";
import type uPlot from "uplot";
import type { Format } from "../i18n/format.ts";
import { readChartColors } from "./chart-colors.ts";
import type { ChartFrame } from "./chart-frame.ts";
import type { TooltipLine } from "./chart-tooltip.ts";
import { makePlot } from "./make-plot.ts";
import { bandColumns, plotColumns } from "./plot-columns.ts";
import { formatValue } from "./value-format.ts";

export interface PlotSettings {
  readonly unit: MetricUnit;
  readonly stacked: boolean;
  readonly filled: boolean;
  readonly top: number | undefined;
  readonly gapMs: number;
  readonly height: number;
  readonly syncKey: string;
  readonly format: Format;
  readonly nameOf: (metric: string, labels: Readonly<Record<string, string>>) => string;
  readonly onZoom: (from: number, to: number) => void;
}

/** Keeps one uPlot in step with frames: new points go into the canvas in the same turn, new series make a new plot. */
export class PlotController {
  readonly #target: HTMLElement;
  readonly #settings: PlotSettings;
  #plot: uPlot | undefined;
  #seriesText = "";
  #frame: ChartFrame = { times: [], series: [] };
  #hidden: ReadonlySet<string> = new Set();

  constructor(target: HTMLElement, settings: PlotSettings) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Draws a frame over a span, in epoch milliseconds, and notes on the target what the newest drawn point is. */
  draw(frame: ChartFrame, from: number, to: number): void {
    this.#frame = frame;
    const shown = this.#shown();
    const data = plotColumns({ times: frame.times, series: shown }, this.#settings.stacked);
    // uPlot paints in the order of its series; of stacked ones the top has to be painted first.
    const bands = bandColumns(shown);
    const ordered = (
      this.#settings.stacked ? [data[0], ...data.slice(1).toReversed()] : [...data, ...bands.columns]
    ) as uPlot.AlignedData;
    const seriesText = [...shown.map((series) => series.key), ...bands.places].join("\n");
    if (!this.#plot || seriesText !== this.#seriesText) this.#make(ordered, shown.length, bands.places);
    this.#seriesText = seriesText;
    const plot = this.#plot!;
    // A batch commits at once instead of in a later turn.
    plot.batch(() => {
      plot.setData(ordered, false);
      plot.setScale("x", { min: from / 1_000, max: to / 1_000 });
    });
    const newest = frame.times.at(-1);
    if (newest !== undefined) this.#target.dataset["at"] = String(newest);
  }

  hide(keys: ReadonlySet<string>): void {
    this.#hidden = keys;
  }

  resize(width: number): void {
    if (width > 0) this.#plot?.setSize({ width, height: this.#settings.height });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #shown(): ChartFrame["series"] {
    return this.#hidden.size === 0
      ? this.#frame.series
      : this.#frame.series.filter((series) => !this.#hidden.has(series.key));
  }

  #make(data: uPlot.AlignedData, seriesCount: number, banded: readonly number[]): void {
    this.destroy();
    const { nameOf: _nameOf, ...look } = this.#settings;
    const colors = readChartColors(this.#target);
    const places = this.#shown().map((series) => this.#frame.series.indexOf(series));
    this.#plot = makePlot(
      {
        ...look,
        width: this.#target.clientWidth || 300,
        seriesCount,
        banded,
        colors: {
          ...colors,
          series:
            seriesCount === 0 ? colors.series : places.map((place) => colors.series[place % colors.series.length]!),
        },
        readTooltip: (index) => this.#tooltip(index),
      },
      data,
      this.#target,
    );
  }

  #tooltip(index: number): { readonly time: string; readonly lines: readonly TooltipLine[] } {
    const { format, unit, nameOf } = this.#settings;
    const lines = this.#frame.series.flatMap((series, color): TooltipLine[] => {
      const value = series.values[index] ?? null;
      if (value === null || this.#hidden.has(series.key)) return [];
      const low = series.band?.low[index] ?? null;
      const high = series.band?.high[index] ?? null;
      const mean = formatValue(unit, value, format);
      const isSpread = low !== null && high !== null && low !== high;
      const text = isSpread ? `${mean} (${formatValue(unit, low, format)} – ${formatValue(unit, high, format)})` : mean;
      return [{ name: nameOf(series.metric, series.labels), value, text, color }];
    });
    return { time: format.dateTime(this.#frame.times[index] ?? 0), lines };
  }
}
