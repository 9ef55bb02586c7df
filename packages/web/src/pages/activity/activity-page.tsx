import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ActionList } from "../../actions/action-list.tsx";
import { isRunning } from "../../actions/actions-view.ts";
import type { Action } from "../../actions/actions-view.ts";
import { useStoredActions } from "../../actions/use-stored-actions.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { OlderButton } from "../../components/older-button.tsx";
import { Segments } from "../../components/segments.tsx";

const KEEPS: Readonly<Record<"all" | "running" | "failed", (action: Action) => boolean>> = {
  all: () => true,
  running: isRunning,
  failed: (action) => !isRunning(action) && action.outcome !== "succeeded",
};

/** What is being done everywhere, and what was: newest first, live. */
export function ActivityPage() {
  const { t } = useTranslation();
  const { show = "all" } = useSearch({ from: "/inside/activity" });
  const navigate = useNavigate({ from: "/activity" });
  const { actions: all, stored } = useStoredActions();
  const actions = useMemo(() => all.filter(KEEPS[show]), [all, show]);
  return (
    <div className="stack" data-testid="activity">
      <div className="page-head">
        <h1>{t("activity.title")}</h1>
        <Segments
          label={t("activity.show")}
          value={show}
          options={(["all", "running", "failed"] as const).map((value) => ({ value, label: t(`activity.${value}`) }))}
          onChange={(value) => void navigate({ search: value === "all" ? {} : { show: value }, replace: true })}
          testId="activity-show"
        />
      </div>
      <ErrorNotice error={stored.error} />
      {actions.length === 0 && <div className="soft">{t(stored.isPending ? "app.loading" : "activity.none")}</div>}
      {actions.length > 0 && <ActionList actions={actions} />}
      <OlderButton of={stored} />
    </div>
  );
}
