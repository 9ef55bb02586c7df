import { useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/api.ts";
import { useObservable } from "../../browser/observable.ts";
import { ChartCard } from "../../charts/chart-card.tsx";
import { DEFAULT_RANGE, formatRange, parseRange, RANGE_LENGTH_MS_MIN } from "../../charts/chart-range.ts";
import type { ChartRange } from "../../charts/chart-range.ts";
import { chartsFor } from "../../charts/chart-spec.ts";
import type { ChartSpec } from "../../charts/chart-spec.ts";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { RangeBar } from "./range-bar.tsx";
import styles from "./server.module.css";
import { useWatchedServer } from "./watch-context.ts";

/** Every chart of a server over one time range, with one cursor. */
export function MetricsTab() {
  const { t } = useTranslation();
  const { server, watch } = useWatchedServer();
  const search = useSearch({ from: "/inside/servers/$id/" });
  const navigate = useNavigate({ from: "/servers/$id" });
  const range = useMemo(() => parseRange(search.range), [search.range]);
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
  const onRange = useCallback(
    (next: ChartRange) => {
      const text = formatRange(next);
      void navigate({ search: text === DEFAULT_RANGE ? {} : { range: text }, replace: false });
    },
    [navigate],
  );
  const onZoom = useCallback(
    (from: number, to: number) => {
      const middle = (from + to) / 2;
      const half = Math.max(RANGE_LENGTH_MS_MIN, to - from) / 2;
      onRange({ is: "fixed", from: Math.round(middle - half), to: Math.round(middle + half) });
    },
    [onRange],
  );
  return (
    <>
      <RangeBar range={range} onRange={onRange} />
      {charts.length === 0 && <p className="soft">{stored.isPending ? t("app.loading") : texts.noReadings}</p>}
      <div className={styles.charts} data-testid="charts">
        {charts.map((chart, index) => (
          <Fragment key={chart.id}>
            {chart.section !== charts[index - 1]?.section && (
              <h2 className={styles.group}>{texts.sectionTitle(chart.section)}</h2>
            )}
            <ChartCard
              spec={chart}
              serverId={server.id}
              watch={watch}
              range={range}
              intervalMs={server.intervalMs}
              top={topOf(chart, server)}
              onZoom={onZoom}
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
