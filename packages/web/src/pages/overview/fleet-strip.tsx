import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { fleetChoice } from "./fleet-choice.ts";
import styles from "./fleet-strip.module.css";

const FleetCharts = lazy(() => import("./fleet-charts.tsx").then((module) => ({ default: module.FleetCharts })));

interface FleetStripProps {
  readonly servers: readonly Server[];
  readonly filter: string;
}

/** Room for the charts over the fleet: as high from the first moment as when they are drawn, and nothing while closed. */
export function FleetStrip({ servers, filter }: FleetStripProps) {
  const { t } = useTranslation();
  const { strip } = useObservable(fleetChoice);
  if (strip === "closed") return null;
  return (
    <section className={styles.strip} aria-label={t("fleet.title")} data-testid="fleet-strip" id="fleet-strip">
      <Suspense fallback={<span className="soft">{t("app.loading")}</span>}>
        <FleetCharts servers={servers} filter={filter} />
      </Suspense>
    </section>
  );
}
