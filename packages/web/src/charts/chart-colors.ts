/** What a canvas needs as plain colours; read anew when the theme changes. */
export interface ChartColors {
  readonly series: readonly string[];
  readonly axis: string;
  readonly grid: string;
  readonly background: string;
  readonly font: string;
}

const SERIES_COUNT = 8;

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
  const channels = [1, 3, 5].map((start) => {
    const front = Number.parseInt(color.slice(start, start + 2), 16);
    const back = Number.parseInt(background.slice(start, start + 2), 16);
    return Math.round(front * share + back * (1 - share));
  });
  return `rgb(${channels.join(" ")})`;
}
