import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { DayBars } from "./day-bars.tsx";
import { ResolutionTable } from "./resolution-table.tsx";
import { RetentionForm } from "./retention-form.tsx";
import { StorageFacts } from "./storage-facts.tsx";

const REFRESH_MS = 10_000;

/** What history takes on the disk, how it will grow, and how long it is kept. */
export function HistoryPage() {
  const { t } = useTranslation();
  const editable = useRight("hub.write");
  const storage = useQuery({
    queryKey: ["storage"],
    queryFn: ({ signal }) => api("GET /api/v1/system/storage", { signal }),
    refetchInterval: REFRESH_MS,
  });
  const retention = useQuery({
    queryKey: ["retention"],
    queryFn: ({ signal }) => api("GET /api/v1/system/retention", { signal }),
  });
  return (
    <div className="narrow" data-testid="history-page">
      <h1>{t("history.title")}</h1>
      <ErrorNotice error={storage.error ?? retention.error} />
      {storage.data && (
        <>
          <section className="section" style={{ borderTop: 0 }}>
            <StorageFacts storage={storage.data} />
          </section>
          <section className="section">
            <h2>{t("history.perDay")}</h2>
            {storage.data.resolutions.length === 0 && <p className="soft">{t("history.nothingYet")}</p>}
            <DayBars days={storage.data.days} />
            {storage.data.resolutions.length > 0 && <ResolutionTable resolutions={storage.data.resolutions} />}
          </section>
        </>
      )}
      {storage.data && retention.data && (
        <section className="section">
          <h2>{t("history.keep")}</h2>
          <div className="soft">{t("history.keepText")}</div>
          {!editable && <div className="soft">{t("settings.readOnly")}</div>}
          <RetentionForm current={retention.data} storage={storage.data} editable={editable} />
        </section>
      )}
    </div>
  );
}
