import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { formatSort, parseIncidentSort } from "../../app/search.ts";
import type { IncidentSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { useHotkey } from "../../browser/use-hotkey.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import list from "../../components/list.module.css";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { useArranged } from "../../fleet/use-arranged.ts";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import { countIncidents } from "../../incidents/incident-state.ts";
import { useIncidents } from "../../incidents/incidents.ts";
import { compareIncidents } from "../../incidents/order.ts";
import { pickedIncidents } from "../../incidents/picked-incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useIncidentActs } from "../../incidents/use-incident-acts.ts";
import { hubNow } from "../../live/live.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { OPEN_COLUMNS } from "./columns.tsx";
import { parseIncidentFilter } from "./filter.ts";
import { IncidentCounts } from "./incident-counts.tsx";
import { IncidentList } from "./incident-list.tsx";
import { IncidentTools } from "./incident-tools.tsx";
import { NoticesSwitch } from "./notices-switch.tsx";

/** Everything that is wrong now: what needs somebody first. */
export function IncidentsPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/incidents" });
  const change = useChangeSearch<IncidentSearch>();
  const mayAct = useRight("incidents.write");
  const { loaded, incidents } = useIncidents();
  const acts = useIncidentActs();
  const [selected, setSelected] = useState<string>();
  const { q: filterText = "", sort: sortText } = search;
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const filter = useMemo(() => parseIncidentFilter(filterText), [filterText]);
  const sort = useMemo(() => parseIncidentSort(sortText), [sortText]);
  const counts = useMemo(() => countIncidents(incidents.values(), hubNow()), [incidents]);
  const compare = useMemo(() => compareIncidents(sort), [sort]);
  const { shown, onPointer } = useArranged({ rows: incidents, filter, compare, madeFor: `${filterText}\n${sortText}` });
  const columns = useMemo(() => OPEN_COLUMNS.filter((id) => mayAct || (id !== "pick" && id !== "act")), [mayAct]);
  const all = useMemo(() => [...incidents.values()], [incidents]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/incidents/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => shown.map(({ id }) => ({ key: id, id })),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: (id) => mayAct && pickedIncidents.toggle(id),
    onEscape: () => onFilter(""),
  });
  // Nothing is done to one that the filter hides.
  const here = () => (mayAct ? shown.find(({ id }) => id === selected) : undefined);
  useHotkey("a", () => {
    const incident = here();
    // What was asked for this one is awaited first; another one is not made to wait.
    if (!incident || (acts.isPending && acts.variables.ids.includes(incident.id))) return;
    acts.mutate({ ids: [incident.id], act: { is: incident.acknowledged === null ? "acknowledge" : "take-back" } });
  });
  useHotkey("s", () => {
    const incident = here();
    if (incident) askedDialog.set({ is: "snooze", ids: [incident.id] });
  });
  if (!loaded) return <p className="soft">{t("app.loading")}</p>;
  return (
    <div className={list.page} data-testid="incidents-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("title")}</h1>
        {incidents.size > 0 && <IncidentCounts counts={counts} filter={filterText} onFilter={onFilter} />}
        <span className="grow" />
        <NoticesSwitch />
      </div>
      <AlertTabs />
      <ErrorNotice error={acts.data?.error} />
      {incidents.size === 0 ? (
        <div data-testid="incidents-none">
          <div>{say("none")}</div>
          <div className="soft">{say("noneHint")}</div>
        </div>
      ) : (
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
              columns={columns}
              selected={selected}
              sort={sort}
              onSort={(next) => change({ sort: formatSort(next) })}
              onOpen={onOpen}
              onPointer={onPointer}
            />
          )}
          {mayAct && <BulkBar incidents={incidents} />}
        </>
      )}
    </div>
  );
}
