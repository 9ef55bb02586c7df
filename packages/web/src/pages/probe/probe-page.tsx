import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { useTitle } from "../../browser/use-title.ts";
import { ChartCard } from "../../charts/chart-card.tsx";
import chartStyles from "../../charts/chart.module.css";
import { DEFAULT_RANGE } from "../../charts/chart-range.ts";
import { RangeBar } from "../../charts/range-bar.tsx";
import { useRange } from "../../charts/use-range.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { OpenIncidents } from "../../incidents/open-incidents.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { HeartbeatBar } from "../../probes/heartbeat-bar.tsx";
import { ownMetrics, probeCharts, usualRange } from "./probe-charts.ts";
import { useProbes } from "../../probes/probes.ts";
import { ReportView } from "../../probes/report-view.tsx";
import { useFreshHistory } from "./use-fresh-history.ts";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";
import { PingSection } from "./ping-section.tsx";
import { ProbeActions } from "./probe-actions.tsx";
import { ProbeHead } from "./probe-head.tsx";
import styles from "./probe.module.css";
import { UptimeShares } from "./uptime-shares.tsx";

/** One probe: how it stands, what can be done with it, how it did over time, and what the last look saw. */
export function ProbePage() {
  const { t } = useTranslation();
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const format = useFormat();
  const { id } = useParams({ from: "/inside/probes/$id" });
  const search = useSearch({ from: "/inside/probes/$id" });
  const navigate = useNavigate();
  const mayReadIncidents = useRight("incidents.read");
  const { loaded, probes } = useProbes();
  const live = probes.get(id);
  const isGone = loaded && live === undefined;
  // What the last look saw does not come live: it is read again after each look.
  const query = useQuery({
    queryKey: ["probe", id, live?.lastAt ?? null],
    queryFn: ({ signal }) => api("GET /api/v1/probes/{id}", { params: { id }, signal }),
    enabled: !isGone,
    placeholderData: (previous) => (previous?.probe.id === id ? previous : undefined),
  });
  const probe = live ?? query.data?.probe;
  const usual = usualRange(probe?.intervalMs ?? 0);
  const write = useCallback(
    (range: string = DEFAULT_RANGE) => void navigate({ to: ".", search: (range === usual ? {} : { range }) as never }),
    [navigate, usual],
  );
  const { range, steps } = useRange(search.range ?? usual, write);
  useFreshHistory(id, probe?.lastAt ?? null, range, probe?.intervalMs ?? 0);
  const kind = probe?.kind ?? "";
  // By their names: each look has a report of its own, and mostly the same numbers in it.
  const own = ownMetrics(query.data?.report).join(" ");
  const charts = useMemo(() => probeCharts(kind, own === "" ? [] : own.split(" ")), [kind, own]);
  const subject = useMemo(() => ({ probe: id }), [id]);
  useTitle(probe?.name);
  if (!probe && isGone) return <div className="notice warning">{say("gone")}</div>;
  if (!probe) return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  return (
    <div
      className={detail.page}
      data-testid="probe-page"
      data-probe={id}
      data-health={probe.state === "paused" ? "paused" : probe.health}
    >
      <ProbeHead probe={probe} />
      {isGone && <div className="notice warning">{say("gone")}</div>}
      {mayReadIncidents && <OpenIncidents about={{ probeId: id }} />}
      {!isGone && <ProbeActions probe={probe} />}
      <section className={styles.past}>
        <div className={styles.beats}>
          <h2>{say("lastResults")}</h2>
          <HeartbeatBar beats={probe.beats} size="page" />
        </div>
        <div>
          <h2>{say("uptime")}</h2>
          <UptimeShares probeId={id} />
        </div>
      </section>
      <RangeBar control={{ range, steps }} />
      <div className={chartStyles.charts} data-testid="probe-charts">
        {charts.map(({ key, spec }) => (
          <ChartCard
            key={key}
            spec={spec}
            of={subject}
            title={naming.chart(key)}
            range={range}
            compare="off"
            intervalMs={probe.intervalMs}
            top={spec.whole ? 1 : undefined}
            zoom={steps}
          />
        ))}
      </div>
      {query.data && query.data.reportAt !== null && (
        <section className="stack" data-testid="probe-report">
          <div className="row wrap">
            <h2>{say("report")}</h2>
            <span className="soft">{format.dateTime(query.data.reportAt)}</span>
          </div>
          <ReportView report={query.data.report} />
        </section>
      )}
      {kind === "passive" && <PingSection probeId={id} />}
    </div>
  );
}
