import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChartCard } from "../../charts/chart-card.tsx";
import { customChart } from "../../charts/chart-spec.ts";
import { RangeBar } from "../../charts/range-bar.tsx";
import { useRange } from "../../charts/use-range.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { HealthMark } from "../../components/service-mark.tsx";
import { LedgerLines } from "./ledger-lines.tsx";
import { useShownService } from "./service-context.ts";
import { useLedger } from "./use-ledger.ts";

const SPEC = customChart("service_health_ratio");
const INTERVAL_MS = 30_000;

/** How healthy the service is and was, and what its checks said when that changed. */
export function HealthTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const search = useSearch({ from: "/inside/services/$id/health" });
  const navigate = useNavigate({ from: "/services/$id/health" });
  const ledger = useLedger(service.id, { event: "health" });
  const labels = useMemo(
    () => JSON.stringify({ driver: service.driver, service: service.name }),
    [service.driver, service.name],
  );
  const { range, steps } = useRange(
    search.range,
    useCallback(
      (text: string | undefined) => void navigate({ search: text === undefined ? {} : { range: text } }),
      [navigate],
    ),
  );
  return (
    <div className="stack">
      <div className="row wrap" data-testid="health-now">
        <HealthMark health={service.health} />
        <span className="soft">
          {service.healthDetail === "" ? t("service.noHealthDetail") : <ForeignText text={service.healthDetail} />}
        </span>
      </div>
      <RangeBar control={{ range, steps }} />
      <ChartCard
        spec={SPEC}
        serverId={service.serverId}
        labels={labels}
        title={t("serviceChart.service_health_ratio")}
        range={range}
        compare="off"
        intervalMs={INTERVAL_MS}
        top={undefined}
        height={110}
        zoom={steps}
      />
      <h2>{t("service.healthChanges")}</h2>
      <ErrorNotice error={ledger.error} />
      {ledger.entries.length === 0 ? (
        <div className="soft">{t(ledger.isPending ? "app.loading" : "service.noHealthChanges")}</div>
      ) : (
        <LedgerLines entries={ledger.entries} />
      )}
      {ledger.older && (
        <div>
          <Button variant="default" onClick={ledger.older}>
            {t("audit.older")}
          </Button>
        </div>
      )}
    </div>
  );
}
