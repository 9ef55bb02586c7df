import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { FrameSeries } from "../../charts/chart-frame.ts";
import { ChartPlot } from "../../charts/chart-plot.tsx";
import type { Zoom } from "../../charts/chart-plot.tsx";
import type { ChartRange } from "../../charts/chart-range.ts";
import { placeColor } from "../../charts/place-color.ts";
import { useCard } from "../../charts/use-card.ts";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { useHistory } from "../../charts/use-history.ts";
import type { MetricChoice } from "../../charts/use-history.ts";
import { serverName } from "../../fleet/fleet.ts";
import type { FleetChart } from "./fleet-charts-list.ts";
import type { FleetChoice } from "./fleet-choice.ts";
import type { FleetScope } from "./fleet-scope.ts";

interface FleetChartCardProps {
  readonly chart: FleetChart;
  readonly lines: FleetChoice["lines"];
  readonly range: ChartRange;
  /** Whose readings; `scopeName` tells filters apart, `readScope` gives whom they leave at each asking. */
  readonly scopeName: string;
  readonly readScope: () => FleetScope;
  readonly intervalMs: number;
}

const TOP_COUNT = 5;
/** Finer than this, so many servers would cost more than the small charts can show. */
const FINEST_MS = 30_000;
const HEIGHT = 118;
/** The fullest disk says it already. */
const HOW: Readonly<Partial<Record<string, "compare.mean" | "compare.sum">>> = {
  avg: "compare.mean",
  sum: "compare.sum",
};
const NO_ZOOM: Zoom = { onZoom: () => undefined, onBack: () => undefined };

/** One small chart over the fleet, or over what the filter leaves of it. */
export function FleetChartCard(props: FleetChartCardProps) {
  const { chart, lines, range, scopeName, readScope, intervalMs } = props;
  const { over } = chart;
  // One area under one line is calm; under several it would hide them.
  const spec = useMemo(() => (lines === "all" ? chart.spec : { ...chart.spec, filled: false }), [chart.spec, lines]);
  const { t } = useTranslation();
  const texts = useChartTexts();
  const { target, seen } = useCard(spec, range, FINEST_MS);
  const choose = useCallback(
    (): MetricChoice => ({
      ...readScope(),
      metric: spec.members.map(({ metric }) => metric).join(","),
      combine: over,
      by: lines === "top" ? "server" : lines,
      ...(lines === "top" && { top: TOP_COUNT }),
    }),
    [readScope, spec, over, lines],
  );
  const name = `fleet ${spec.id} ${lines} ${scopeName}`;
  const history = useHistory({ name, choose, range, finestMs: FINEST_MS, period: "now", enabled: seen });
  const nameOf = useCallback(
    (series: FrameSeries): string => {
      const metric = texts.metricTitle(series.metric);
      if (lines === "all") return metric;
      const owner =
        lines === "tag" ? series.owner || t("overview.ungrouped") : (serverName(series.owner) ?? series.owner);
      return spec.members.length > 1 ? `${owner} · ${metric}` : owner;
    },
    [texts, lines, spec, t],
  );
  const how = lines === "top" ? t("fleet.topOf", { count: TOP_COUNT }) : HOW[over] && t(HOW[over]);
  return (
    <ChartPlot
      spec={spec}
      title={[t(`fleet.${chart.key}`), ...(how ? [how] : [])].join(" · ")}
      target={target}
      seen={seen}
      history={history}
      owner={lines === "all" ? "none" : lines === "tag" ? "tag" : "server"}
      range={range}
      intervalMs={intervalMs}
      finestMs={FINEST_MS}
      top={spec.whole ? 1 : undefined}
      nameOf={nameOf}
      colorOf={placeColor}
      legend="where-several"
      zoom={NO_ZOOM}
      syncKey="fleet"
      height={HEIGHT}
    />
  );
}
