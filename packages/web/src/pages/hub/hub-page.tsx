import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";

const REFRESH_MS = 10_000;
const STATES = ["online", "stale", "offline", "pending"] as const;

/** How the hub itself is. */
export function HubPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const status = useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => api("GET /api/v1/status", { signal }),
    refetchInterval: REFRESH_MS,
  });
  const hub = status.data;
  return (
    <div className="stack narrow">
      <h1>{t("hub.title")}</h1>
      <ErrorNotice error={status.error} />
      {hub && (
        <>
          {hub.warnings.map((warning) => (
            <div key={warning} className="notice warning" data-testid="hub-warning">
              <ForeignText text={warning} />
            </div>
          ))}
          <dl className="facts" data-testid="hub-status">
            <dt>{t("hub.version")}</dt>
            <dd>{hub.version}</dd>
            <dt>{t("hub.started")}</dt>
            <dd title={format.dateTime(hub.startedAt)}>{format.duration(now - hub.startedAt)}</dd>
            <dt>{t("hub.clock")}</dt>
            <dd>{format.dateTime(now)}</dd>
            <dt>{t("hub.servers")}</dt>
            <dd className="row wrap">
              <span>{format.number(hub.servers.total)}:</span>
              {STATES.map((state) => (
                <span key={state} className="row" style={{ gap: 4 }}>
                  {format.number(hub.servers[state])} <StateMark state={state} />
                </span>
              ))}
            </dd>
            <dt>{t("hub.storage")}</dt>
            <dd className={hub.storage.state === "working" ? "good" : "bad"}>{t(`hub.${hub.storage.state}`)}</dd>
            <dt>{t("hub.series")}</dt>
            <dd>{format.number(hub.storage.seriesCount)}</dd>
            <dt>{t("hub.samples")}</dt>
            <dd>{format.number(hub.storage.sampleCount)}</dd>
            <dt>{t("hub.size")}</dt>
            <dd>{format.bytes(hub.storage.bytes)}</dd>
          </dl>
          {hub.warnings.length === 0 && (
            <div className="soft">
              {t("hub.warnings")}: {t("hub.noWarnings")}
            </div>
          )}
        </>
      )}
      <div className="soft">{t("hub.about")}</div>
      <a href="/api/docs">{t("hub.api")}</a>
    </div>
  );
}
