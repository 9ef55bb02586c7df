import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ServiceSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { CHANNEL_COLUMN_IDS } from "../../services/columns.tsx";
import type { ServiceColumnId } from "../../services/columns.tsx";
import { ServiceBrowser } from "../../services/service-browser.tsx";
import { ServiceCounts } from "../../services/service-counts.tsx";
import { countServices } from "../../services/service-state.ts";
import { useServices } from "../../services/services.ts";
import list from "../../components/list.module.css";
import { PortConflicts } from "./port-conflicts.tsx";

const GROUPS = ["server", "kind"] as const;
const WITHOUT: readonly ServiceColumnId[] = ["act", ...CHANNEL_COLUMN_IDS];
/** Under the name of a server it is not said again in each row. */
const WITHOUT_SERVER: readonly ServiceColumnId[] = [...WITHOUT, "server"];

/** Every service of every server. */
export function ServicesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/services" });
  const view = useServices();
  const change = useChangeSearch<ServiceSearch>();
  const counts = useMemo(() => countServices(view.services.values()), [view]);
  if (!view.loaded) return <p className="soft">{t("app.loading")}</p>;
  return (
    <div className={list.page} data-testid="services-page">
      <div className="page-head">
        <h1 className={list.wide}>{t("services.title")}</h1>
        <ServiceCounts counts={counts} filter={search.q ?? ""} onFilter={(text) => change({ q: text || undefined })} />
      </div>
      <PortConflicts />
      {view.services.size === 0 ? (
        <p className="soft">{t("services.none")}</p>
      ) : (
        <ServiceBrowser
          services={view.services}
          search={search}
          groups={GROUPS}
          without={search.group === "server" ? WITHOUT_SERVER : WITHOUT}
        />
      )}
    </div>
  );
}
