import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { spokenClock } from "./spoken-clock.ts";

/** The one harmless action: asked, sent, and how it ended. */
export function PingSection({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mayAudit = useRight("audit.read");
  const ping = useMutation({
    mutationFn: () =>
      api("POST /api/v1/servers/{id}/actions", { params: { id: server.id }, body: { action: "agent.ping" } }),
  });
  const outcome = ping.data;
  return (
    <section className="section">
      <h2>{t("settings.actions")}</h2>
      <div className="soft">{t("settings.pingText")}</div>
      <div className="row wrap">
        <Button variant="default" loading={ping.isPending} onClick={() => ping.mutate()} data-testid="ping">
          {t("settings.ping")}
        </Button>
        {ping.isPending && (
          <span role="status" data-testid="ping-outcome" data-outcome="asked">
            {t("action.asked")}
          </span>
        )}
        {outcome && !ping.isPending && (
          <span role="status" data-testid="ping-outcome" data-outcome={outcome.outcome}>
            <span className={outcome.outcome === "succeeded" ? "good" : "bad"}>{t(`action.${outcome.outcome}`)}</span>{" "}
            {t("action.took", { time: format.milliseconds(outcome.tookMs) })}
            {outcome.detail !== "" && (
              <span className="soft">
                {" · "}
                <ForeignText
                  text={spokenClock(outcome.detail, (time) => t("action.clock", { time }), format.dateTime)}
                />
              </span>
            )}
            {mayAudit && (
              <>
                {" · "}
                <Link to="/audit" search={{ target: server.name }}>
                  {t("action.audit", { seq: outcome.auditSeq })}
                </Link>
              </>
            )}
          </span>
        )}
      </div>
      <ErrorNotice error={ping.error} />
    </section>
  );
}
