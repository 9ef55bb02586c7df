import type { StorageView } from "@muster/protocol";
import { useTranslation } from "react-i18next";
import chartStyles from "../../charts/chart.module.css";
import { useFormat } from "../../i18n/use-format.ts";
import { resolutionName, RESOLUTIONS } from "./losses.ts";

/** What each resolution takes, and since when there is any: the legend of the days as well. */
export function ResolutionTable({ resolutions }: { readonly resolutions: StorageView["resolutions"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className="plain" data-testid="resolutions">
      <thead>
        <tr>
          <th>{t("history.resolution")}</th>
          <th>{t("history.since")}</th>
          <th className="number">{t("history.count")}</th>
          <th className="number">{t("hub.size")}</th>
        </tr>
      </thead>
      <tbody>
        {resolutions.map(({ resolutionMs, bytes, count, since }) => {
          const name = resolutionName(resolutionMs);
          return (
            <tr key={resolutionMs}>
              <td>
                <span className="row">
                  {name && (
                    <span
                      className={chartStyles.dot}
                      style={{ color: `var(--series-${RESOLUTIONS.indexOf(name) + 1})` }}
                      aria-hidden
                    />
                  )}
                  {name ? t(`history.${name}`) : format.duration(resolutionMs)}
                </span>
              </td>
              <td data-label={t("history.since")}>{since === null ? t("common.never") : format.date(since)}</td>
              <td className="number" data-label={t("history.count")}>
                {format.compact(count)}
              </td>
              <td className="number" data-label={t("hub.size")}>
                {format.bytes(bytes)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
