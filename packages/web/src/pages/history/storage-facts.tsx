import { DAY_MS } from "@muster/core";
import type { StorageView } from "@muster/protocol";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../i18n/use-format.ts";

/** What the history takes, and how it goes on. */
export function StorageFacts({ storage }: { readonly storage: StorageView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { forecast } = storage;
  const isSoon = forecast.daysLeft !== null && forecast.daysLeft < 14;
  return (
    <dl className="facts" data-testid="storage-facts">
      <dt>{t("history.onDisk")}</dt>
      <dd>
        {format.bytes(storage.bytes)}
        {storage.state !== "working" && <span className="bad"> · {t(`hub.${storage.state}`)}</span>}
      </dd>
      <dt>{t("history.free")}</dt>
      <dd>{format.bytes(storage.freeBytes)}</dd>
      <dt>{t("hub.series")}</dt>
      <dd>
        {format.number(storage.seriesCount)}
        {storage.refusedSeriesCount > 0 && (
          <span className="warning"> · {t("history.refused", { count: storage.refusedSeriesCount })}</span>
        )}
      </dd>
      <dt>{t("history.samplesPerDay")}</dt>
      <dd>{format.compact(forecast.samplesPerDay)}</dd>
      <dt>{t("history.bytesPerDay")}</dt>
      <dd>{format.bytes(forecast.bytesPerDay)}</dd>
      <dt>{t("history.whenFull")}</dt>
      <dd>{format.bytes(forecast.bytesWhenFull)}</dd>
      <dt>{t("history.forecast")}</dt>
      <dd className={isSoon ? "warning" : undefined} data-testid="forecast">
        {forecast.daysLeft !== null && forecast.bound !== null
          ? t(forecast.bound === "budget" ? "history.leftBudget" : "history.leftDisk", {
              time: format.duration(forecast.daysLeft * DAY_MS),
            })
          : forecast.bytesPerDay === null
            ? t("history.notKnown")
            : t("history.fits")}
      </dd>
    </dl>
  );
}
