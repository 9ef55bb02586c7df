import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ActionList } from "../../actions/action-list.tsx";
import { useActions } from "../../actions/actions.ts";
import { isRunning, mergeActions } from "../../actions/actions-view.ts";
import type { Action } from "../../actions/actions-view.ts";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Segments } from "../../components/segments.tsx";

const PAGE_ROWS = 100;

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
  const live = useActions();
  const stored = useInfiniteQuery({
    queryKey: ["actions", "all"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/actions", { query: { before: pageParam, limit: PAGE_ROWS }, signal }),
    getNextPageParam: (page) => (page.items.length < PAGE_ROWS ? undefined : page.items.at(-1)?.id),
  });
  const actions = useMemo(
    () => mergeActions(stored.data?.pages.flatMap((page) => page.items) ?? [], live).filter(KEEPS[show]),
    [stored.data, live, show],
  );
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
      {stored.hasNextPage && (
        <div>
          <Button variant="default" loading={stored.isFetchingNextPage} onClick={() => void stored.fetchNextPage()}>
            {t("audit.older")}
          </Button>
        </div>
      )}
    </div>
  );
}
