import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { LedgerLines } from "./ledger-lines.tsx";
import { useShownService } from "./service-context.ts";
import { useLedger } from "./use-ledger.ts";

/** What happened to the service and why, newest first and live. */
export function LedgerTab() {
  const { t } = useTranslation();
  const service = useShownService();
  const { entries, isPending, error, older } = useLedger(service.id, {});
  return (
    <div className="stack">
      <ErrorNotice error={error} />
      {entries.length === 0 && <div className="soft">{t(isPending ? "app.loading" : "service.noLedger")}</div>}
      {entries.length > 0 && <LedgerLines entries={entries} />}
      {older && (
        <div>
          <Button variant="default" onClick={older}>
            {t("audit.older")}
          </Button>
        </div>
      )}
    </div>
  );
}
