import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ChartCard } from "../../charts/chart-card.tsx";
import { customChart } from "../../charts/chart-spec.ts";
import { RangeBar } from "../../charts/range-bar.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { OlderButton } from "../../components/older-button.tsx";
import { HealthMark } from "../../components/service-mark.tsx";
import { LedgerLines } from "./ledger-lines.tsx";
import { ServiceProbes } from "./service-probes.tsx";
import { useShownService } from "./service-context.ts";
import { useLedger } from "./use-ledger.ts";
import { SERVICE_INTERVAL_MS, useServiceRange } from "./use-service-range.ts";

const SPEC = customChart("service_health_ratio");

/** How healthy the service is and was, and what its checks said when that changed. */
export function HealthTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const search = useSearch({ from: "/inside/services/$id/health" });
  const { entries, stored } = useLedger(service.id, { event: "health" });
  const { labels, range, steps } = useServiceRange(service, search.range);
  return (
    <div className="stack">
      <div className="row wrap" data-testid="health-now">
        <HealthMark health={service.health} />
        <span className="soft">
          {service.healthDetail === "" ? t("service.noHealthDetail") : <ForeignText text={service.healthDetail} />}
        </span>
      </div>
      <ServiceProbes service={service} />
      <RangeBar control={{ range, steps }} />
      <ChartCard
        spec={SPEC}
        of={{ server: service.serverId }}
        labels={labels}
        title={t("serviceChart.service_health_ratio")}
        range={range}
        compare="off"
        intervalMs={SERVICE_INTERVAL_MS}
        top={undefined}
        height={110}
        zoom={steps}
      />
      <h2>{t("service.healthChanges")}</h2>
      <ErrorNotice error={stored.error} />
      {entries.length === 0 ? (
        <div className="soft">{t(stored.isPending ? "app.loading" : "service.noHealthChanges")}</div>
      ) : (
        <LedgerLines entries={entries} />
      )}
      <OlderButton of={stored} />
    </div>
  );
}
