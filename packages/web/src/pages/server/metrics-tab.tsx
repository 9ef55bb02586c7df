import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useObservable } from "../../browser/observable.ts";
import { ChartCard } from "../../charts/chart-card.tsx";
import { requestSpan } from "../../charts/chart-range.ts";
import { chartsFor } from "../../charts/chart-spec.ts";
import type { ChartSpec } from "../../charts/chart-spec.ts";
import chartStyles from "../../charts/chart.module.css";
import { ExportMenu } from "../../charts/export-menu.tsx";
import { RangeBar } from "../../charts/range-bar.tsx";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { useRange } from "../../charts/use-range.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { CompareWith } from "../compare/compare-with.tsx";
import { useWatchedServer } from "./watch-context.ts";

/** As many as the hub takes in one question. */
const EXPORTED_METRICS_MAX = 50;

/** Every chart of a server over one time range, with one cursor. */
export function MetricsTab() {
  const { t } = useTranslation();
  const { server, watch } = useWatchedServer();
  const search = useSearch({ from: "/inside/servers/$id/" });
  const navigate = useNavigate({ from: "/servers/$id" });
  const texts = useChartTexts();
  const liveHeads = useObservable(watch.heads);
  const stored = useQuery({
    queryKey: ["series", server.id],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/series", { params: { id: server.id }, signal }),
    staleTime: 60_000,
  });
  // The list of series changes with every mount and interface, the set of metrics hardly ever: the charts stay.
  const metrics = [...new Set([...liveHeads, ...(stored.data?.items ?? [])].map((head) => head.metric))]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(" ");
  const charts = useMemo(() => chartsFor(metrics === "" ? [] : metrics.split(" ")), [metrics]);
  const compare = search.compare === 1 ? "before" : "off";
  const write = useCallback(
    (parts: { readonly range?: string | undefined; readonly compare?: 1 | undefined }) =>
      void navigate({
        search: (old) => Object.fromEntries(Object.entries({ ...old, ...parts }).filter(([, value]) => value)),
        replace: false,
      }),
    [navigate],
  );
  const control = useRange(
    search.range,
    useCallback((range: string | undefined) => write({ range }), [write]),
  );
  const { range, steps } = control;
  return (
    <>
      <RangeBar control={control}>
        <Button
          variant={compare === "before" ? "light" : "default"}
          aria-pressed={compare === "before"}
          onClick={() => write({ compare: compare === "before" ? undefined : 1 })}
          data-testid="compare-before"
        >
          {t("chart.compare")}
        </Button>
        <CompareWith serverId={server.id} range={search.range} />
        <ExportMenu
          subject={server.name}
          choose={() => ({
            server: server.id,
            metric: metrics.split(" ").slice(0, EXPORTED_METRICS_MAX).join(","),
          })}
          range={range}
          stepMs={requestSpan(range, server.intervalMs, 0).stepMs}
          look="word"
        />
      </RangeBar>
      {charts.length === 0 && <p className="soft">{stored.isPending ? t("app.loading") : texts.noReadings}</p>}
      <div className={chartStyles.charts} data-testid="charts">
        {charts.map((chart, index) => (
          <Fragment key={chart.id}>
            {chart.section !== charts[index - 1]?.section && (
              <h2 className={chartStyles.group}>{texts.sectionTitle(chart.section)}</h2>
            )}
            <ChartCard
              spec={chart}
              of={{ server: server.id }}
              watch={watch}
              range={range}
              compare={compare}
              intervalMs={server.intervalMs}
              top={topOf(chart, server)}
              zoom={steps}
            />
          </Fragment>
        ))}
      </div>
    </>
  );
}

function topOf(chart: ChartSpec, server: Server): number | undefined {
  if (chart.whole) return 1;
  if (chart.id === "memory") return server.summary.memoryTotalBytes ?? undefined;
  return undefined;
}
