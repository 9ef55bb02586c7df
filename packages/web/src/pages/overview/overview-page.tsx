import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatSort, parseSort } from "../../app/search.ts";
import type { OverviewSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { useObservable } from "../../browser/observable.ts";
import { StoredChoice } from "../../browser/stored-choice.ts";
import { useMedia, useNarrow } from "../../browser/use-media.ts";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { parseFilter } from "../../fleet/filter.ts";
import { layOut, rowKeys } from "../../fleet/layout.ts";
import { countStates } from "../../fleet/server-state.ts";
import { togglePicked } from "../../fleet/picked.ts";
import { compareServers } from "../../fleet/order.ts";
import type { Sort } from "../../fleet/order.ts";
import { useArranged } from "../../fleet/use-arranged.ts";
import { useIncidents } from "../../incidents/incidents.ts";
import { COLUMN_IDS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import { Counts } from "./counts.tsx";
import { EmptyFleet } from "./empty-fleet.tsx";
import { FailedTasks } from "./failed-tasks.tsx";
import { FleetStrip } from "./fleet-strip.tsx";
import list from "../../components/list.module.css";
import { OverviewTools } from "./overview-tools.tsx";
import { PendingServers } from "./pending-servers.tsx";
import { Troubled } from "./troubled.tsx";
import { ServerList } from "./server-list.tsx";

const OpenIncidents = lazy(() =>
  import("../../incidents/open-incidents.tsx").then((module) => ({ default: module.OpenIncidents })),
);

const hiddenColumns = new StoredChoice<readonly ColumnId[]>(
  "muster.columns-hidden",
  ["uptime"],
  (value): value is readonly ColumnId[] =>
    Array.isArray(value) && value.every((id) => COLUMN_IDS.some((column) => column === id)),
);

const DEFAULT_SORT: Sort = { key: "name", descending: false };

/** One glance at the whole fleet. */
export function OverviewPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/" });
  const navigate = useNavigate({ from: "/" });
  const fleet = useFleet();
  const { incidents } = useIncidents();
  const hidden = useObservable(hiddenColumns);
  const narrow = useNarrow();
  const tilesPerRow = useTilesPerRow();
  const [selected, setSelected] = useState<string>();
  const filterText = search.q ?? "";
  const sort = useMemo(() => parseSort(search.sort) ?? DEFAULT_SORT, [search.sort]);
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const compare = useMemo(() => compareServers(sort), [sort]);
  const madeFor = `${filterText}\n${formatSort(sort)}`;
  const { shown: servers, onPointer } = useArranged({ rows: fleet.servers, filter, compare, madeFor });
  const tiles = search.view === "tiles";
  const grouped = search.group === "tag";
  const items = useMemo(
    () => layOut(servers, { grouped, tilesPerRow: tiles ? tilesPerRow : undefined }),
    [servers, grouped, tiles, tilesPerRow],
  );
  const change = useChangeSearch<OverviewSearch>();
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/servers/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => items.flatMap(rowKeys),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: togglePicked,
    onEscape: () => onFilter(""),
  });

  if (!fleet.loaded) return <p className="soft">{t("app.loading")}</p>;
  if (fleet.servers.size === 0) return <EmptyFleet />;
  // One whose agent the hub dials waits for that agent, not for a person, until it has joined.
  const pending = [...fleet.servers.values()].filter(
    ({ state, link, fingerprint }) => state === "pending" && (link !== "agent" || fingerprint !== null),
  );
  return (
    <div className={list.page}>
      <div className="page-head">
        <h1 className={list.wide}>{t("overview.title")}</h1>
        <Counts counts={countStates(fleet.servers.values())} filter={filterText} onFilter={onFilter} />
        <Troubled servers={fleet.servers.values()} />
        <FailedTasks />
      </div>
      {incidents.size > 0 && (
        <Suspense fallback={null}>
          <OpenIncidents about={undefined} />
        </Suspense>
      )}
      {pending.length > 0 && <PendingServers servers={pending} />}
      <OverviewTools
        filter={filterText}
        wrong={filter.wrong}
        shown={servers.length}
        view={tiles ? "tiles" : "table"}
        grouped={grouped}
        hidden={hidden}
        onFilter={onFilter}
        onView={(view) => change({ view: view === "tiles" ? "tiles" : undefined })}
        onGrouped={(on) => change({ group: on ? "tag" : undefined })}
        onHidden={(columns) => hiddenColumns.set(columns)}
      />
      {servers.length > 0 && <FleetStrip servers={servers} filter={filterText} />}
      {servers.length === 0 ? (
        <p className="soft">{t("overview.nothing")}</p>
      ) : (
        <ServerList
          items={items}
          fleet={fleet}
          servers={servers}
          look={tiles ? "tiles" : narrow ? "lines" : "table"}
          tilesPerRow={tilesPerRow}
          hidden={hidden}
          selected={selected}
          sort={sort}
          onSort={(next) => change({ sort: formatSort(next) })}
          onOpen={onOpen}
          onPointer={onPointer}
        />
      )}
    </div>
  );
}

function useTilesPerRow(): number {
  const two = useMedia("(min-width: 560px)");
  const three = useMedia("(min-width: 1100px)");
  const four = useMedia("(min-width: 1400px)");
  const six = useMedia("(min-width: 2000px)");
  return six ? 6 : four ? 4 : three ? 3 : two ? 2 : 1;
}
