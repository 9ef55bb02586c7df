import type { MetricUnit } from "@muster/core";
import type { Format } from "../i18n/format.ts";
import type { ChartFrame, FrameSeries } from "./chart-frame.ts";
import type { TooltipLine } from "./chart-tooltip.ts";
import { formatValue } from "./value-format.ts";

interface TooltipLook {
  readonly unit: MetricUnit;
  readonly format: Format;
  readonly nameOf: (series: FrameSeries) => string;
  readonly colorOf: (series: FrameSeries) => number;
  readonly beforeName: string;
  readonly withBefore: boolean;
}

/** What a chart says of one of its times: each series of which something is known then, its spread, and its past. */
export function tooltipLines(frame: ChartFrame, index: number, look: TooltipLook): readonly TooltipLine[] {
  const textOf = (value: number | null): string => formatValue(look.unit, value, look.format);
  return frame.series.flatMap((series): TooltipLine[] => {
    const value = series.values[index] ?? null;
    const past = look.withBefore ? (series.before?.[index] ?? null) : null;
    if (value === null && past === null) return [];
    const low = series.band?.low[index] ?? null;
    const high = series.band?.high[index] ?? null;
    const isSpread = value !== null && low !== null && high !== null && low !== high;
    return [
      {
        name: look.nameOf(series),
        value: value ?? past ?? 0,
        text: isSpread ? `${textOf(value)} (${textOf(low)} – ${textOf(high)})` : textOf(value),
        color: look.colorOf(series),
        ...(past !== null && { before: { name: look.beforeName, text: textOf(past) } }),
      },
    ];
  });
}
