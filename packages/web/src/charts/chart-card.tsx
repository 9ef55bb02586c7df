import { useCallback, useMemo } from "react";
import type { FrameSeries } from "./chart-frame.ts";
import { ChartPlot } from "./chart-plot.tsx";
import type { Zoom } from "./chart-plot.tsx";
import type { ChartRange } from "./chart-range.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { ExportMenu } from "./export-menu.tsx";
import { placeColor } from "./place-color.ts";
import type { ServerWatch } from "./server-watch.ts";
import { useCard } from "./use-card.ts";
import { useChartTexts } from "./use-chart-texts.ts";
import { hasBands, useHistory } from "./use-history.ts";
import type { MetricChoice, MetricSubject } from "./use-history.ts";

interface ChartCardProps {
  readonly spec: ChartSpec;
  /** Whose readings are drawn. */
  readonly of: MetricSubject;
  /** Where newer readings come from; without it only what is stored is drawn. */
  readonly watch?: ServerWatch;
  /** JSON object of label values that must be equal, where the chart is not of the whole server. */
  readonly labels?: string;
  /** What it is called, where the catalogue does not say. */
  readonly title?: string;
  readonly height?: number;
  readonly range: ChartRange;
  /** Whether the period before is laid over. */
  readonly compare: "off" | "before";
  readonly intervalMs: number;
  /** Where the axis ends, if that is known. */
  readonly top: number | undefined;
  readonly zoom: Zoom;
}

/** One chart of one server or probe. It asks and draws only while it is in sight. */
export function ChartCard({ spec, of, watch, labels, range, compare, top, zoom, ...props }: ChartCardProps) {
  const { target, seen, intervalMs, finestMs, stepMs } = useCard(spec, range, props.intervalMs);
  const texts = useChartTexts();
  const [[whose, id]] = Object.entries(of) as [["server" | "probe", string]];
  const choose = useCallback(
    (): MetricChoice => ({
      [whose]: id,
      metric: spec.members.map((member) => member.metric).join(","),
      ...(labels !== undefined && { labels }),
      ...(hasBands(stepMs, spec.everyMs) && !spec.stacked && { bands: "true" as const }),
    }),
    [whose, id, spec, labels, stepMs],
  );
  const request = { name: `${id} ${spec.id} ${labels ?? ""}`, choose, range, finestMs };
  const history = useHistory({ ...request, period: "now", enabled: seen });
  const before = useHistory({ ...request, period: "before", enabled: seen && compare === "before" });
  const nameOf = useMemo(() => {
    const name = texts.seriesNamer(spec);
    return (series: FrameSeries) => {
      if (labels === undefined) return name(series.metric, series.labels);
      // What the whole chart is of is not said again at each series.
      const { driver: _driver, service: _service, ...others } = series.labels;
      return name(series.metric, others);
    };
  }, [texts, spec, labels]);
  const title = props.title ?? texts.chartTitle(spec);
  return (
    <ChartPlot
      spec={spec}
      title={title}
      target={target}
      seen={seen}
      history={history}
      before={compare === "before" ? before : undefined}
      owner="none"
      watch={watch}
      range={range}
      intervalMs={intervalMs}
      finestMs={finestMs}
      top={top}
      nameOf={nameOf}
      colorOf={placeColor}
      legend="where-several"
      zoom={zoom}
      syncKey={labels ?? id}
      {...(props.height !== undefined && { height: props.height })}
      menu={<ExportMenu subject={title} choose={choose} range={range} stepMs={stepMs} />}
    />
  );
}
