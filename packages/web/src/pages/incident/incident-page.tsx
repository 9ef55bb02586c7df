import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useTitle } from "../../browser/use-title.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { DeliveryList } from "../../incidents/delivery-list.tsx";
import { useIncidents } from "../../incidents/incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { EvidenceView } from "./evidence-view.tsx";
import { IncidentActions } from "./incident-actions.tsx";
import { IncidentHead } from "./incident-head.tsx";
import styles from "./incident.module.css";
import { MemberList } from "./member-list.tsx";
import { Suggestions } from "./suggestions.tsx";
import { Timeline } from "./timeline.tsx";

/** Deliveries and their failures change an incident's page, but not what the live socket tells of it. */
const REFRESH_MS = 10_000;

/** One incident: how it stands, what is wrong, what was seen, what may help, what happened since, and who was told. */
export function IncidentPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const { id } = useParams({ from: "/inside/incidents/$id" });
  const { incidents } = useIncidents();
  const live = incidents.get(id);
  const query = useQuery({
    // Whatever the socket tells of it, its story has become longer.
    queryKey: ["incident", id, JSON.stringify(live ?? null)],
    queryFn: ({ signal }) => api("GET /api/v1/incidents/{id}", { params: { id }, signal }),
    placeholderData: (previous) => (previous?.incident.id === id ? previous : undefined),
    refetchInterval: live === undefined ? false : REFRESH_MS,
  });
  const incident = live ?? query.data?.incident;
  useTitle(incident?.title);
  if (!query.data || !incident)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  const { members, timeline, deliveries, evidence, suggestions, holds } = query.data;
  return (
    <div
      className={detail.page}
      data-testid="incident-page"
      data-incident={id}
      data-state={incident.state}
      data-severity={incident.severity}
    >
      <IncidentHead incident={incident} holds={holds} />
      <ErrorNotice error={query.error} />
      <IncidentActions incident={incident} />
      <div className={styles.columns}>
        <div className={styles.column}>
          {incident.state === "open" && <Suggestions suggestions={suggestions} />}
          <MemberList
            members={members}
            memberCount={incident.memberCount}
            wrongCount={incident.wrongCount}
            isOpen={incident.state === "open"}
          />
          <EvidenceView evidence={evidence} />
        </div>
        <div className={styles.column}>
          <Timeline incidentId={id} entries={timeline} />
          <section className="stack" data-testid="incident-deliveries">
            <h2>{say("page.deliveries")}</h2>
            {deliveries.length === 0 ? (
              <div className="soft">{say("page.noDeliveries")}</div>
            ) : (
              <DeliveryList deliveries={deliveries} about="hidden" />
            )}
          </section>
        </div>
      </div>
    </div>
  );
}
