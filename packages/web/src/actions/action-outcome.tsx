import { stageOf } from "@muster/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../api/use-right.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import styles from "./actions.module.css";
import { isRunning, tookMs } from "./actions-view.ts";
import type { Action } from "./actions-view.ts";
import { splitRefusal } from "./policy-line.ts";

const TONES = { succeeded: "good", failed: "bad", refused: "warning", unknown: "warning" } as const;

/** asked → sent → outcome, in words, with the time it took. */
export function ActionStage({ action }: { readonly action: Action }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const stage = stageOf(action);
  const tone = stage === "asked" || stage === "sent" ? "note" : TONES[stage];
  const ms = tookMs(action, now);
  const time =
    ms < 10_000 && action.endedAt !== null
      ? t("action.seconds", { time: format.number(ms / 1_000, 1) })
      : format.duration(ms);
  return (
    <span className={styles.stages} role="status" data-testid="action-stage" data-stage={stage}>
      <span className={styles.track} aria-hidden>
        <i data-done="true" />
        <i data-done={action.state !== "asked"} />
        <i data-done={action.state === "ended"} data-tone={tone} />
      </span>
      <span className={styles[tone]}>{t(`action.${stage}`)}</span>
      <span className="soft">{t("action.took", { time })}</span>
    </span>
  );
}

/** What came of one action: stage, the server's own words, and the way to the audit entry. */
export function ActionOutcome({ action }: { readonly action: Action }) {
  const { t } = useTranslation();
  const mayAudit = useRight("audit.read");
  const detail = action.outcome === "refused" ? splitRefusal(action.detail).sentence : action.detail;
  return (
    <span className={styles.outcome}>
      <ActionStage action={action} />
      {detail !== "" && !isRunning(action) && (
        <span className={styles.detail}>
          <ForeignText text={detail} />
        </span>
      )}
      {mayAudit && action.state === "ended" && (
        <Link to="/audit" search={{ target: action.server }} data-testid="action-audit">
          {t("action.audit", { seq: action.auditSeq })}
        </Link>
      )}
    </span>
  );
}
