import { grantingLine } from "@muster/core";
import { Link, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { PolicyHelp } from "../../actions/refusal-help.tsx";
import type { LogSource } from "../../logs/log-source.ts";
import { LogView } from "../../logs/log-view.tsx";
import { useShownService } from "./service-context.ts";

/** The log of this service; where its server grants none, the line that would. */
export function LogsTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const search = useSearch({ from: "/inside/services/$id/logs" });
  const sources = useMemo((): readonly LogSource[] => [{ is: "service", id: service.id }], [service.id]);
  if (!service.isLogGranted) {
    return (
      <div className="stack">
        <div className="soft">{t("logs.notGranted")}</div>
        <PolicyHelp
          server={service.server}
          line={grantingLine({ name: "logs.read", args: { driver: service.driver, name: service.name } })}
        />
      </div>
    );
  }
  return (
    <LogView sources={sources} labels={[service.name]} search={search}>
      <Link to="/logs" search={{ ...search, service: service.id }} data-testid="log-merge">
        {t("logs.merge")}
      </Link>
    </LogView>
  );
}
