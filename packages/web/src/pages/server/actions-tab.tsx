import { useTranslation } from "react-i18next";
import { ActionList } from "../../actions/action-list.tsx";
import { useStoredActions } from "../../actions/use-stored-actions.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { OlderButton } from "../../components/older-button.tsx";
import { CommandSection } from "./command-section.tsx";
import { RebootSection } from "./reboot-section.tsx";
import { useWatchedServer } from "./watch-context.ts";

/** What was done on this server, and what can be done to the server itself. */
export function ActionsTab() {
  const { t } = useTranslation();
  const { server } = useWatchedServer();
  const { actions, stored } = useStoredActions(server.id);
  return (
    <div data-testid="server-actions">
      <CommandSection server={server} />
      <RebootSection server={server} />
      <section className="section">
        <h2>{t("activity.recent")}</h2>
        <ErrorNotice error={stored.error} />
        {stored.data && actions.length === 0 && <div className="soft">{t("activity.none")}</div>}
        {actions.length > 0 && <ActionList actions={actions} server="hidden" />}
        <OlderButton of={stored} />
      </section>
    </div>
  );
}
