import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { FrameSeries } from "../../charts/chart-frame.ts";
import { ChartPlot } from "../../charts/chart-plot.tsx";
import type { Zoom } from "../../charts/chart-plot.tsx";
import type { ChartRange } from "../../charts/chart-range.ts";
import { ExportMenu } from "../../charts/export-menu.tsx";
import { useCard } from "../../charts/use-card.ts";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { useHistory } from "../../charts/use-history.ts";
import type { MetricChoice } from "../../charts/use-history.ts";
import { compareChart } from "./compare-metrics.ts";
import { idsOf } from "./server-slots.ts";
import type { ServerSlots } from "./server-slots.ts";

interface CompareCardProps {
  readonly metric: string;
  readonly slots: ServerSlots;
  readonly names: ReadonlyMap<string, string>;
  readonly range: ChartRange;
  readonly intervalMs: number;
  readonly zoom: Zoom;
}

const COMBINED = { max: "compare.greatest", sum: "compare.sum", avg: "compare.mean" } as const;

/** One metric of several servers over each other, in one question to the hub. */
export function CompareCard({ metric, slots, names, range, zoom, ...props }: CompareCardProps) {
  const { t } = useTranslation();
  const texts = useChartTexts();
  const { spec, combine } = useMemo(() => compareChart(metric), [metric]);
  const { target, seen, intervalMs, finestMs, stepMs } = useCard(spec, range, props.intervalMs);
  const ids = idsOf(slots);
  const server = ids.join(",");
  const choose = useCallback(
    (): MetricChoice => ({ server, metric, by: "server", combine: combine ?? "avg" }),
    [server, metric, combine],
  );
  const name = `${server} ${metric}`;
  const history = useHistory({ name, choose, range, finestMs, period: "now", enabled: seen && ids.length > 0 });
  const nameOf = useCallback((series: FrameSeries) => names.get(series.owner) ?? series.owner, [names]);
  const colorOf = useCallback((series: FrameSeries) => Math.max(0, slots.indexOf(series.owner)), [slots]);
  const how =
    combine === undefined ? "" : ` · ${t(COMBINED[combine === "max" || combine === "sum" ? combine : "avg"])}`;
  const title = texts.wholeTitle(metric) + how;
  return (
    <ChartPlot
      spec={spec}
      title={title}
      target={target}
      seen={seen}
      history={history}
      owner="server"
      range={range}
      intervalMs={intervalMs}
      finestMs={finestMs}
      top={spec.whole ? 1 : undefined}
      nameOf={nameOf}
      colorOf={colorOf}
      legend="never"
      zoom={zoom}
      syncKey="compare"
      menu={<ExportMenu subject={title} choose={choose} range={range} stepMs={stepMs} />}
    />
  );
}
