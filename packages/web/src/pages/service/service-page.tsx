import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { useObservable } from "../../browser/observable.ts";
import { useTitle } from "../../browser/use-title.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TAB_LINK } from "../../components/tab-link.ts";
import { OpenIncidents } from "../../incidents/open-incidents.tsx";
import { live } from "../../live/live.ts";
import { useServicesOf } from "../../services/services.ts";
import { ServiceContext } from "./service-context.ts";
import { ServiceHead } from "./service-head.tsx";
import { ServiceActions } from "./service-actions.tsx";

const TABS = [
  { to: "/services/$id", key: "overview" },
  { to: "/services/$id/ledger", key: "ledger" },
  { to: "/services/$id/health", key: "health" },
  { to: "/services/$id/logs", key: "logs" },
  { to: "/services/$id/definition", key: "definition" },
] as const;

/** One service: what it is, how it stands and what can be done to it, above its tabs. */
export function ServicePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/services/$id" });
  const mayReadIncidents = useRight("incidents.read");
  const mayReadLogs = useRight("logs.read");
  const welcomes = useObservable(live.welcomes);
  const query = useQuery({
    queryKey: ["service", id, welcomes],
    queryFn: ({ signal }) => api("GET /api/v1/services/{id}", { params: { id }, signal }),
    placeholderData: (previous) => (previous?.id === id ? previous : undefined),
  });
  const around = useServicesOf(query.data?.serverId ?? "");
  const service = around.services.get(id) ?? query.data;
  const isGone = around.loaded && !around.services.has(id);
  useTitle(service?.name);
  if (!service) {
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  }
  const isDefinable = service.defined !== null || service.driver === "process" || service.driver === "tmux";
  return (
    <ServiceContext value={service}>
      <div className={detail.page} data-testid="service-page" data-service={id} data-state={service.state}>
        <ServiceHead service={service} />
        {isGone && <div className="notice warning">{t("service.gone")}</div>}
        {!service.isCurrent && <div className="notice warning">{t("service.notCurrent")}</div>}
        {mayReadIncidents && <OpenIncidents about={{ serviceId: id }} />}
        <ServiceActions service={service} />
        <nav className={detail.tabs} aria-label={t("service.tabs")}>
          {TABS.filter(({ key }) =>
            key === "logs" ? mayReadLogs && service.driver !== "channel" : key === "definition" ? isDefinable : true,
          ).map((tab) => (
            <Link key={tab.key} to={tab.to} params={{ id }} {...TAB_LINK} data-testid={`service-tab-${tab.key}`}>
              {t(`service.${tab.key}`)}
            </Link>
          ))}
        </nav>
        <Outlet />
      </div>
    </ServiceContext>
  );
}
