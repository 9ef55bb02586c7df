import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { CHANNEL_COLUMN_IDS } from "../../services/columns.tsx";
import type { ServiceColumnId } from "../../services/columns.tsx";
import { ServiceBrowser } from "../../services/service-browser.tsx";
import { useServicesOf } from "../../services/services.ts";
import styles from "../../services/services.module.css";
import { useWatchedServer } from "./watch-context.ts";

const GROUPS = ["kind"] as const;
const WITHOUT: readonly ServiceColumnId[] = ["server", "act", ...CHANNEL_COLUMN_IDS];

/** What runs on this server and can be acted on. */
export function ServerServicesTab() {
  const { t } = useTranslation();
  const { server } = useWatchedServer();
  const search = useSearch({ from: "/inside/servers/$id/services" });
  const navigate = useNavigate({ from: "/servers/$id/services" });
  const mayDefine = useRight("actions.dangerous");
  const view = useServicesOf(server.id);
  const define = mayDefine && (
    <Button
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => void navigate({ to: "/servers/$id/define", params: { id: server.id } })}
      data-testid="define-new"
    >
      {t("services.define")}
    </Button>
  );
  if (view.refusal !== undefined)
    return (
      <div className="notice warning">
        <ForeignText text={view.refusal} />
      </div>
    );
  if (!view.loaded) return <p className="soft">{t("services.waiting")}</p>;
  return (
    <div className={styles.inside} data-testid="server-services">
      {view.services.size === 0 ? (
        <div className="row wrap">
          <span className="soft">{t("services.none")}</span>
          {define}
        </div>
      ) : (
        <ServiceBrowser services={view.services} search={search} groups={GROUPS} without={WITHOUT}>
          {define}
        </ServiceBrowser>
      )}
    </div>
  );
}
