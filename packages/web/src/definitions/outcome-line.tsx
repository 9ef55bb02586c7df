import type { OutcomeView } from "@muster/protocol";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { splitRefusal } from "../actions/policy-line.ts";
import { useRight } from "../api/use-right.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";

/** How something that was waited for ended: in a word, in the server's own words, and where it is written down. */
export function OutcomeLine({ outcome, server }: { readonly outcome: OutcomeView; readonly server: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mayAudit = useRight("audit.read");
  const tone = outcome.outcome === "succeeded" ? "good" : outcome.outcome === "failed" ? "bad" : "warning";
  const detail = outcome.outcome === "refused" ? splitRefusal(outcome.detail).sentence : outcome.detail;
  return (
    <div role="status" data-testid="define-outcome" data-outcome={outcome.outcome}>
      <span className={tone}>{t(`action.${outcome.outcome}`)}</span>{" "}
      <span className="soft">{t("action.took", { time: format.milliseconds(outcome.tookMs) })}</span>{" "}
      <ForeignText text={detail} />{" "}
      {mayAudit && (
        <Link to="/audit" search={{ target: server }}>
          {t("action.audit", { seq: outcome.auditSeq })}
        </Link>
      )}
    </div>
  );
}
