/** What a canvas needs as plain colours; read anew when the theme changes. */
export interface ChartColors {
  readonly series: readonly string[];
  readonly axis: string;
  readonly grid: string;
  readonly background: string;
  readonly font: string;
}

/** As many as servers may be laid over each other. */
export const SERIES_COUNT = 10;

export function readChartColors(element: Element): ChartColors {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: SERIES_COUNT }, (_, index) => read(`--series-${index + 1}`)),
    axis: read("--text-soft"),
    grid: read("--grid"),
    background: read("--background"),
    font: `11px ${read("--font-sans")}`,
  };
}

export const seriesColor = (index: number): string => `var(--series-${(index % SERIES_COUNT) + 1})`;

/** `color` thinned with the background: opaque, so that stacked areas do not shine through each other. */
export function mixColors(color: string, background: string, share: number): string {
  const front = channelsOf(color);
  const back = channelsOf(background);
  return `rgb(${front.map((channel, index) => Math.round(channel * share + back[index]! * (1 - share))).join(" ")})`;
}

/** `color` seen through: 0 is clear, 1 is opaque. */
export const fadeColor = (color: string, share: number): string => `rgb(${channelsOf(color).join(" ")} / ${share})`;

/** Of `#rrggbb`, or of `#rgb` as a style sheet's minifier writes it. */
function channelsOf(color: string): number[] {
  const digits = color.slice(1);
  const whole = digits.length === 3 ? digits.replaceAll(/./g, "$&$&") : digits;
  return [0, 2, 4].map((start) => Number.parseInt(whole.slice(start, start + 2), 16));
}
