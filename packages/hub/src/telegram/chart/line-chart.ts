import { bytesText, valueText } from "@muster/core";
import type { Instant, MetricUnit } from "@muster/core";
import { timeTicks, valueAxis } from "./axis.ts";
import { Canvas, LETTER_HEIGHT, LETTER_WIDTH } from "./canvas.ts";
import type { Colour } from "./canvas.ts";
import { encodePng } from "./png.ts";

/** One line over time; NaN where there is no value, which stays a gap. */
export interface ChartPanel {
  readonly title: string;
  readonly unit: MetricUnit | undefined;
  /** Of equal steps; the least and the greatest of each make the band around the line. */
  readonly values: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export const PANELS_MAX = 3;
const WIDTH = 800;
const PANEL_HEIGHT = 240;
const LEFT = 118;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 30;

const BACKGROUND: Colour = [255, 255, 255];
const INK: Colour = [26, 27, 31];
const SOFT: Colour = [90, 92, 102];
const GRID: Colour = [227, 227, 231];
const BAND: Colour = [214, 218, 246];
const LINE: Colour = [68, 80, 196];

/** Panels below each other over the same time, dark on light, as a PNG file. */
export function lineChart(panels: readonly ChartPanel[], from: Instant, until: Instant): Buffer {
  const shown = panels.slice(0, PANELS_MAX);
  const canvas = new Canvas(WIDTH, PANEL_HEIGHT * Math.max(1, shown.length), BACKGROUND);
  for (const [index, panel] of shown.entries()) drawPanel(canvas, panel, PANEL_HEIGHT * index, from, until);
  return encodePng(canvas.width, canvas.height, canvas.rgb);
}

function drawPanel(canvas: Canvas, panel: ChartPanel, top: number, from: Instant, until: Instant): void {
  const { title, unit, values, min, max } = panel;
  const [width, height] = [WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM];
  const axis = valueAxis([...values, ...min, ...max], unit);
  const xOf = (at: Instant): number => LEFT + ((at - from) / (until - from)) * width;
  const yOf = (value: number): number => top + TOP + (1 - (value - axis.least) / (axis.most - axis.least)) * height;
  const bottom = top + TOP + height;

  const lettersMax = Math.floor((WIDTH - LEFT - RIGHT) / LETTER_WIDTH);
  canvas.text(LEFT, top + 10, title.slice(0, lettersMax), INK);
  for (const tick of axis.ticks) {
    canvas.fill(LEFT, yOf(tick), width, 1, GRID);
    const label = tickText(tick, unit);
    canvas.text(LEFT - 8 - label.length * LETTER_WIDTH, yOf(tick) - LETTER_HEIGHT / 2, label, SOFT);
  }
  for (const { at, label } of timeTicks(from, until)) {
    canvas.fill(xOf(at), bottom, 1, 5, SOFT);
    const left = xOf(at) - (label.length * LETTER_WIDTH) / 2;
    canvas.text(Math.min(left, WIDTH - label.length * LETTER_WIDTH), bottom + 9, label, SOFT);
  }

  const stepWidth = width / values.length;
  const middleOf = (index: number): number => LEFT + (index + 0.5) * stepWidth;
  for (let index = 0; index < values.length; index++) {
    const [low, high] = [min[index]!, max[index]!];
    if (Number.isFinite(low) && Number.isFinite(high))
      canvas.fill(LEFT + index * stepWidth, yOf(high), stepWidth, Math.max(1, yOf(low) - yOf(high)), BAND);
  }
  canvas.fill(LEFT, bottom, width, 1, SOFT);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) continue;
    const next = values[index + 1] ?? Number.NaN;
    const [toX, toY] = Number.isFinite(next) ? [middleOf(index + 1), yOf(next)] : [middleOf(index), yOf(value)];
    canvas.line(middleOf(index), yOf(value), toX, toY, 2.4, LINE);
  }
}

/** Short enough for the margin. */
const tickText = (value: number, unit: MetricUnit | undefined): string =>
  (unit === "bytes" || unit === "bytes_per_second"
    ? `${bytesText(value)}${unit === "bytes" ? "" : "/s"}`.replace(/\.0+(?= )/, "")
    : unit === "per_second"
      ? valueText(value, "count")
      : valueText(value, unit)
  ).slice(0, 9);
