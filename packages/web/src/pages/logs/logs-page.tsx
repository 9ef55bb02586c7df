import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../fleet/fleet.ts";
import { formatSources, parseSources } from "../../logs/log-source.ts";
import type { LogSource } from "../../logs/log-source.ts";
import { LogView } from "../../logs/log-view.tsx";
import styles from "../../logs/logs.module.css";
import { useServices } from "../../services/services.ts";
import { SourceChips, SourcePicker } from "./source-picker.tsx";

/** Lines of several services and files, merged by time. */
export function LogsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/logs" });
  const navigate = useNavigate({ from: "/logs" });
  const { services } = useServices();
  const { servers } = useFleet();
  const { service, file } = search;
  const sources = useMemo(
    () => parseSources({ ...(service !== undefined && { service }), ...(file !== undefined && { file }) }),
    [service, file],
  );
  const several = new Set(
    sources.map((source) => (source.is === "file" ? source.serverId : services.get(source.id)?.serverId)),
  );
  const labels = sources.map((source) => {
    const server = source.is === "file" ? servers.get(source.serverId)?.name : services.get(source.id)?.server;
    const name = source.is === "file" ? source.path : (services.get(source.id)?.name ?? t("common.unknown"));
    return several.size > 1 && server !== undefined ? `${name}@${server}` : name;
  });
  const onSources = (next: readonly LogSource[]): void =>
    void navigate({
      search: ({ service: _service, file: _file, ...others }) => ({ ...others, ...formatSources(next) }),
      replace: true,
    });
  return (
    <div className={styles.page} data-testid="logs-page">
      <div className="page-head">
        <h1>{t("logs.title")}</h1>
        <SourceChips sources={sources} labels={labels} onSources={onSources} />
      </div>
      {sources.length === 0 ? (
        <>
          <div>
            <SourcePicker services={services} servers={servers} sources={sources} onSources={onSources} />
          </div>
          <p className="soft">{t("logs.pickFirst")}</p>
        </>
      ) : (
        <LogView sources={sources} labels={labels} search={search}>
          <SourcePicker services={services} servers={servers} sources={sources} onSources={onSources} />
        </LogView>
      )}
    </div>
  );
}
