import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import chartStyles from "../../charts/chart.module.css";
import { RangeBar } from "../../charts/range-bar.tsx";
import { useRange } from "../../charts/use-range.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { CompareCard } from "./compare-card.tsx";
import { parseCompared } from "./compare-metrics.ts";
import { ComparedServers } from "./compared-servers.tsx";
import styles from "./compare.module.css";
import { MetricPicker } from "./metric-picker.tsx";
import { formatSlots, idsOf, parseSlots, toggleServer } from "./server-slots.ts";

const USUAL_INTERVAL_MS = 10_000;

/** Several servers over each other, one line each; everything about it is in the address. */
export function ComparePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/compare" });
  const navigate = useNavigate({ from: "/compare" });
  const fleet = useFleet();
  const slots = useMemo(() => parseSlots(search.servers), [search.servers]);
  const metrics = useMemo(() => parseCompared(search.metric), [search.metric]);
  // Names change hardly ever, readings every second: the charts must not follow those.
  const nameLines = JSON.stringify(idsOf(slots).map((id) => [id, fleet.servers.get(id)?.name ?? id]));
  const names = useMemo(() => new Map(JSON.parse(nameLines) as [string, string][]), [nameLines]);
  const intervals = idsOf(slots).map((id) => fleet.servers.get(id)?.intervalMs ?? USUAL_INTERVAL_MS);
  const change = useCallback(
    (parts: {
      readonly servers?: string | undefined;
      readonly metric?: string | undefined;
      readonly range?: string | undefined;
    }) =>
      void navigate({
        search: (old) => Object.fromEntries(Object.entries({ ...old, ...parts }).filter(([, value]) => value)),
      }),
    [navigate],
  );
  const control = useRange(
    search.range,
    useCallback((range: string | undefined) => change({ range }), [change]),
  );
  return (
    <div className={styles.page} data-testid="compare-page">
      <div className="page-head">
        <h1>{t("compare.title")}</h1>
        <ComparedServers
          slots={slots}
          names={names}
          onToggle={(id) => change({ servers: formatSlots(toggleServer(slots, id)) })}
        />
      </div>
      <RangeBar control={control}>
        <MetricPicker picked={metrics} onPicked={(next) => change({ metric: next.join(",") || undefined })} />
      </RangeBar>
      {names.size === 0 ? (
        <p className="soft">{t("compare.none")}</p>
      ) : (
        <div className={chartStyles.charts}>
          {metrics.map((metric) => (
            <CompareCard
              key={metric}
              metric={metric}
              slots={slots}
              names={names}
              range={control.range}
              intervalMs={Math.max(...intervals)}
              zoom={control.steps}
            />
          ))}
        </div>
      )}
    </div>
  );
}
