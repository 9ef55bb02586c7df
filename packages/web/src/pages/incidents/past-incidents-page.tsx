import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import type { IncidentSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { browserClock } from "../../browser/clock.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import list from "../../components/list.module.css";
import { OlderButton } from "../../components/older-button.tsx";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { useIncidents } from "../../incidents/incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { hubNow } from "../../live/live.ts";
import { PAST_COLUMNS } from "./columns.tsx";
import { parseIncidentFilter } from "./filter.ts";
import { IncidentList } from "./incident-list.tsx";
import { IncidentTools } from "./incident-tools.tsx";

const PAGE_ROWS = 100;
const SETTLE_MS = 1_000;
const PAST = ["past-incidents"];
const ignore = (): void => undefined;

/** What was wrong and is well again, newest first, page by page. The filter finds among what was read so far. */
export function PastIncidentsPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const navigate = useNavigate();
  const { q: filterText = "" } = useSearch({ from: "/inside/incidents/history" });
  const change = useChangeSearch<IncidentSearch>();
  const [selected, setSelected] = useState<string>();
  const queries = useQueryClient();
  const { incidents: open } = useIncidents();
  const past = useInfiniteQuery({
    queryKey: PAST,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/incidents", { query: { state: "resolved", before: pageParam, limit: PAGE_ROWS }, signal }),
    getNextPageParam: ({ items }) => (items.length < PAGE_ROWS ? undefined : items.at(-1)?.id),
    placeholderData: (previous) => previous,
  });
  useEffect(() => {
    // One that is resolved meanwhile belongs here. All pages are read anew: not with each of hundreds that end at once.
    const look = (): void => void queries.invalidateQueries({ queryKey: PAST });
    const timer = browserClock.after(SETTLE_MS, look);
    return () => timer.cancel();
  }, [queries, open.size]);
  const all = useMemo(() => past.data?.pages.flatMap(({ items }) => items) ?? [], [past.data]);
  const filter = useMemo(() => parseIncidentFilter(filterText), [filterText]);
  const shown = useMemo(() => {
    const now = hubNow();
    return all.filter((incident) => filter.matches(incident, now));
  }, [all, filter]);
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/incidents/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => shown.map(({ id }) => ({ key: id, id })),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: ignore,
    onEscape: () => onFilter(""),
  });
  return (
    <div className={list.page} data-testid="past-incidents">
      <div className="page-head">
        <h1 className={list.wide}>{say("title")}</h1>
      </div>
      <AlertTabs />
      <ErrorNotice error={past.error} />
      {past.isPending && <p className="soft">{t("app.loading")}</p>}
      {past.data && all.length === 0 && <p className="soft">{say("noneBefore")}</p>}
      {all.length > 0 && (
        <>
          <IncidentTools
            incidents={all}
            filter={filterText}
            wrong={filter.wrong}
            shown={shown.length}
            onFilter={onFilter}
          />
          {shown.length === 0 ? (
            <p className="soft grow">{say("nothing")}</p>
          ) : (
            <IncidentList
              incidents={shown}
              columns={PAST_COLUMNS}
              selected={selected}
              sort={undefined}
              onSort={undefined}
              onOpen={onOpen}
              onPointer={ignore}
            />
          )}
          <OlderButton of={past} />
        </>
      )}
    </div>
  );
}
