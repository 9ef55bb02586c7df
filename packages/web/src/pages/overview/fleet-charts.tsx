import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import { parseRange } from "../../charts/chart-range.ts";
import { Segments } from "../../components/segments.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { FleetChartCard } from "./fleet-chart-card.tsx";
import { FLEET_CHARTS } from "./fleet-charts-list.ts";
import { FLEET_LINES, FLEET_RANGES, fleetChoice } from "./fleet-choice.ts";
import { fleetScope, SCOPE_SERVERS_MAX } from "./fleet-scope.ts";
import styles from "./fleet-strip.module.css";

interface FleetChartsProps {
  readonly servers: readonly Server[];
  readonly filter: string;
}

/** A few charts over all servers, or over those that the filter leaves. Loaded when the strip is first opened. */
export function FleetCharts({ servers, filter }: FleetChartsProps) {
  const { t } = useTranslation();
  const choice = useObservable(fleetChoice);
  const range = useMemo(() => parseRange(choice.range), [choice.range]);
  // Live values move servers in and out of a filter such as `cpu>80`; charts follow at their next look, not each second.
  const latest = useRef({ filter, servers });
  // Before the effects of the charts, which ask.
  useLayoutEffect(() => {
    latest.current = { filter, servers };
  }, [filter, servers]);
  const readScope = useCallback(
    () =>
      fleetScope(
        latest.current.filter,
        latest.current.servers.map(({ id }) => id),
      ),
    [],
  );
  const intervalMs = Math.max(0, ...servers.map((server) => server.intervalMs));
  const isCut =
    filter !== "" &&
    servers.length > SCOPE_SERVERS_MAX &&
    "server" in
      fleetScope(
        filter,
        servers.map(({ id }) => id),
      );
  return (
    <>
      <div className={styles.choice}>
        <Segments
          label={t("range.label")}
          value={choice.range}
          options={FLEET_RANGES.map((value) => ({ value, label: t(`range.${value}`) }))}
          onChange={(next) => fleetChoice.set({ ...choice, range: next })}
          testId="fleet-range"
        />
        <Segments
          label={t("fleet.lines")}
          value={choice.lines}
          options={FLEET_LINES.map((value) => ({ value, label: t(`fleet.${value}`) }))}
          onChange={(next) => fleetChoice.set({ ...choice, lines: next })}
          testId="fleet-lines"
        />
        <span className="soft clip">
          {isCut
            ? t("fleet.cut", { count: SCOPE_SERVERS_MAX })
            : filter === ""
              ? t("fleet.overAll")
              : t("fleet.overFilter")}
        </span>
      </div>
      <div className={styles.charts}>
        {FLEET_CHARTS.map((chart) => (
          <FleetChartCard
            key={chart.key}
            chart={chart}
            lines={choice.lines}
            range={range}
            scopeName={filter}
            readScope={readScope}
            intervalMs={intervalMs}
          />
        ))}
      </div>
    </>
  );
}
