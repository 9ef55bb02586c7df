import type { MetricUnit } from "@muster/core";
import type uPlot from "uplot";
import type { Format } from "../i18n/format.ts";
import { readChartColors, SERIES_COUNT } from "./chart-colors.ts";
import type { ChartFrame, FrameSeries } from "./chart-frame.ts";
import { makePlot } from "./make-plot.ts";
import { bandColumns, beforeColumns, plotColumns } from "./plot-columns.ts";
import { tooltipLines } from "./tooltip-lines.ts";

export interface PlotSettings {
  readonly unit: MetricUnit;
  readonly stacked: boolean;
  readonly filled: boolean;
  readonly top: number | undefined;
  readonly height: number;
  readonly syncKey: string;
  readonly format: Format;
  readonly nameOf: (series: FrameSeries) => string;
  /** A number of the palette. */
  readonly colorOf: (series: FrameSeries, place: number) => number;
  /** What the period before is called. */
  readonly beforeName: string;
  readonly onZoom: (from: number, to: number) => void;
  readonly onBack: () => void;
}

interface Span {
  readonly from: number;
  readonly to: number;
  /** Points further apart are not joined. */
  readonly gapMs: number;
  readonly newestAt: number | undefined;
}

/** Keeps one uPlot in step with frames: new points go into the canvas in the same turn, new series make a new plot. */
export class PlotController {
  readonly #target: HTMLElement;
  readonly #settings: PlotSettings;
  #plot: uPlot | undefined;
  #seriesText = "";
  #frame: ChartFrame = { times: [], series: [] };
  #gapMs = 0;
  #hidden: ReadonlySet<string> = new Set();
  #isBeforeHidden = false;

  constructor(target: HTMLElement, settings: PlotSettings) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Draws a frame over a span, in epoch milliseconds, and notes on the target what the newest reading in it is. */
  draw(frame: ChartFrame, { from, to, gapMs, newestAt }: Span): void {
    this.#frame = frame;
    this.#gapMs = gapMs;
    const { stacked } = this.#settings;
    const shown = this.#shown();
    const data = plotColumns({ times: frame.times, series: shown }, stacked);
    // uPlot paints in the order of its series; of stacked ones the top has to be painted first.
    const bands = stacked ? { places: [], columns: [] } : bandColumns(shown);
    const before = this.#isBeforeHidden ? { places: [], columns: [] } : beforeColumns(shown, stacked);
    const painted = stacked ? [data[0], ...data.slice(1).toReversed()] : data;
    const ordered = [...painted, ...bands.columns, ...before.columns] as uPlot.AlignedData;
    const seriesText = [...shown.map((series) => series.key), ...bands.places, "", ...before.places].join("\n");
    if (!this.#plot || seriesText !== this.#seriesText) this.#make(ordered, shown, bands.places, before.places);
    this.#seriesText = seriesText;
    const plot = this.#plot!;
    // A batch commits at once instead of in a later turn.
    plot.batch(() => {
      plot.setData(ordered, false);
      plot.setScale("x", { min: from / 1_000, max: to / 1_000 });
    });
    if (newestAt !== undefined) this.#target.dataset["at"] = String(newestAt);
  }

  hide(keys: ReadonlySet<string>, before: "shown" | "hidden"): void {
    this.#hidden = keys;
    this.#isBeforeHidden = before === "hidden";
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

  #make(
    data: uPlot.AlignedData,
    shown: ChartFrame["series"],
    banded: readonly number[],
    before: readonly number[],
  ): void {
    this.destroy();
    const { nameOf: _nameOf, colorOf, ...look } = this.#settings;
    const colors = readChartColors(this.#target);
    const places = shown.map((series) => colorOf(series, this.#frame.series.indexOf(series)));
    this.#plot = makePlot(
      {
        ...look,
        width: this.#target.clientWidth || 300,
        seriesCount: shown.length,
        banded,
        before,
        gapMs: () => this.#gapMs,
        colors: { ...colors, series: places.map((place) => colors.series[place % SERIES_COUNT]!) },
        readTooltip: (index) => this.#tooltip(index),
      },
      data,
      this.#target,
    );
  }

  #tooltip(index: number): ReturnType<Parameters<typeof makePlot>[0]["readTooltip"]> {
    const frame = { times: this.#frame.times, series: this.#shown() };
    const colorOf = (series: FrameSeries): number => this.#settings.colorOf(series, this.#frame.series.indexOf(series));
    return {
      time: this.#settings.format.dateTime(frame.times[index] ?? 0),
      lines: tooltipLines(frame, index, { ...this.#settings, colorOf, withBefore: !this.#isBeforeHidden }),
    };
  }
}
