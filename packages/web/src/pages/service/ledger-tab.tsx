import { useTranslation } from "react-i18next";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { OlderButton } from "../../components/older-button.tsx";
import { LedgerLines } from "./ledger-lines.tsx";
import { useShownService } from "./service-context.ts";
import { useLedger } from "./use-ledger.ts";

/** What happened to the service and why, newest first and live. */
export function LedgerTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const { entries, stored } = useLedger(service.id, {});
  return (
    <div className="stack">
      <ErrorNotice error={stored.error} />
      {entries.length === 0 && <div className="soft">{t(stored.isPending ? "app.loading" : "service.noLedger")}</div>}
      {entries.length > 0 && <LedgerLines entries={entries} />}
      <OlderButton of={stored} />
    </div>
  );
}
