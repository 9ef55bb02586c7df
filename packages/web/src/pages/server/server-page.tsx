import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { useObservable } from "../../browser/observable.ts";
import { ServerWatch } from "../../charts/server-watch.ts";
import { useTitle } from "../../browser/use-title.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { TAB_LINK } from "../../components/tab-link.ts";
import { useLink } from "../../links/use-link.ts";
import { ServerHead } from "./server-head.tsx";
import { serverTabs } from "./server-tabs.ts";
import { ServerWarnings } from "./server-warnings.tsx";
import { WatchContext } from "./watch-context.ts";

const HostKeyNotice = lazy(() =>
  import("../../links/host-key-notice.tsx").then((module) => ({ default: module.HostKeyNotice })),
);

const AboutProbes = lazy(() =>
  import("../../probes/about-probes.tsx").then((module) => ({ default: module.AboutProbes })),
);

const OpenIncidents = lazy(() =>
  import("../../incidents/open-incidents.tsx").then((module) => ({ default: module.OpenIncidents })),
);

/** One server: what it is and how it stands, above its tabs. While this page is open the server reports every second. */
export function ServerPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/servers/$id" });
  const mayReadProbes = useRight("probes.read");
  const mayReadIncidents = useRight("incidents.read");
  const about = useMemo(() => ({ serverId: id }), [id]);
  const watch = useMemo(() => new ServerWatch(id), [id]);
  useEffect(() => watch.start(), [watch]);
  const query = useQuery({
    queryKey: ["server", id],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}", { params: { id }, signal }),
  });
  const server = useObservable(watch.server) ?? query.data;
  const shared = useMemo(() => (server ? { server, watch } : undefined), [server, watch]);
  useTitle(server?.name);
  const settings = useLink(server ?? { id, link: "agent", linkState: null, hasSshLink: false }).data?.settings;
  if (!shared) {
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  }
  return (
    <WatchContext value={shared}>
      <div className={detail.page} data-testid="server-page" data-server={id}>
        <ServerHead server={shared.server} watch={watch} />
        <ServerWarnings server={shared.server} />
        {shared.server.linkState?.is === "host-key" && (
          <Suspense fallback={null}>
            <HostKeyNotice server={shared.server} />
          </Suspense>
        )}
        {mayReadIncidents && (
          <Suspense fallback={null}>
            <OpenIncidents about={about} />
          </Suspense>
        )}
        {mayReadProbes && (
          <Suspense fallback={null}>
            <AboutProbes of={{ about: id }} />
          </Suspense>
        )}
        <nav className={detail.tabs} aria-label={t("server.tabs")}>
          {serverTabs(shared.server, settings).map((tab) => (
            <Link key={tab.key} to={tab.to} params={{ id }} {...TAB_LINK} data-testid={`tab-${tab.key}`}>
              {t(`server.${tab.key}`)}
            </Link>
          ))}
        </nav>
        <Outlet />
      </div>
    </WatchContext>
  );
}
