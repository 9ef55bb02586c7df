import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ChartCard } from "../../charts/chart-card.tsx";
import chartStyles from "../../charts/chart.module.css";
import { RangeBar } from "../../charts/range-bar.tsx";
import { isServiceMetric, serviceCharts } from "../../services/service-charts.ts";
import { LedgerLines } from "./ledger-lines.tsx";
import { useLedger } from "./use-ledger.ts";
import { SERVICE_INTERVAL_MS, useServiceRange } from "./use-service-range.ts";
import { useShownService } from "./service-context.ts";

const NEWEST = 5;

/** How a service does over time, and what happened to it last. */
export function OverviewTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const search = useSearch({ from: "/inside/services/$id/" });
  const stored = useQuery({
    queryKey: ["series", service.serverId],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/series", { params: { id: service.serverId }, signal }),
    staleTime: 60_000,
  });
  const names = (stored.data?.items ?? [])
    .filter(({ labels }) => labels["service"] === service.name && labels["driver"] === service.driver)
    .map(({ metric }) => metric)
    .join(" ");
  const charts = useMemo(() => serviceCharts(names.split(" "), service.driver), [names, service.driver]);
  const { labels, range, steps } = useServiceRange(service, search.range);
  const ledger = useLedger(service.id, {});
  return (
    <>
      {ledger.entries.length > 0 && (
        <section>
          <h2>{t("service.lastEvents")}</h2>
          <LedgerLines entries={ledger.entries.slice(0, NEWEST)} />
        </section>
      )}
      <RangeBar control={{ range, steps }} />
      <div className={chartStyles.charts} data-testid="service-charts">
        {charts.map((spec) => (
          <ChartCard
            key={spec.id}
            spec={spec}
            of={{ server: service.serverId }}
            labels={labels}
            {...(isServiceMetric(spec.id) && { title: t(`serviceChart.${spec.id}`) })}
            range={range}
            compare="off"
            intervalMs={SERVICE_INTERVAL_MS}
            top={undefined}
            zoom={steps}
          />
        ))}
      </div>
    </>
  );
}
