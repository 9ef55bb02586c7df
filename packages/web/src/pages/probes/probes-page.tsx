import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { formatSort, parseProbeSort } from "../../app/search.ts";
import type { ProbeSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import list from "../../components/list.module.css";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { useArranged } from "../../fleet/use-arranged.ts";
import { hubNow } from "../../live/live.ts";
import type { ProbeColumnId } from "./columns.tsx";
import { parseProbeFilter } from "./filter.ts";
import { compareProbes } from "../../probes/order.ts";
import { ProbeList } from "./probe-list.tsx";
import { countProbes } from "../../probes/probe-state.ts";
import { useProbes } from "../../probes/probes.ts";
import type { Probe } from "../../probes/probes-view.ts";
import styles from "./probes.module.css";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";
import { ProbeCounts } from "./probe-counts.tsx";
import { ProbeTools } from "./probe-tools.tsx";

/** Every probe: how it stands, how it did last, and what it looks at. */
export function ProbesPage() {
  const { t } = useTranslation();
  const say = useProbeTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/probes" });
  const change = useChangeSearch<ProbeSearch>();
  const mayAdd = useRight("probes.write");
  const { loaded, probes } = useProbes();
  const [selected, setSelected] = useState<string>();
  const { q: filterText = "", sort: sortText } = search;
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const filter = useMemo(() => parseProbeFilter(filterText), [filterText]);
  const sort = useMemo(() => parseProbeSort(sortText), [sortText]);
  const counts = useMemo(() => countProbes(probes.values(), hubNow()), [probes]);
  const compare = useMemo(() => compareProbes(sort), [sort]);
  const madeFor = `${filterText}\n${sortText}`;
  const { shown, onPointer } = useArranged({ rows: probes, filter, compare, madeFor });
  // As a text, so that the columns are laid out anew only when they are others.
  const emptyText = useMemo(() => emptyColumns(probes.values()).join(" "), [probes]);
  const without = useMemo(() => emptyText.split(" ") as ProbeColumnId[], [emptyText]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/probes/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => shown.map(({ id }) => ({ key: id, id })),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: () => undefined,
    onEscape: () => onFilter(""),
  });
  if (!loaded) return <p className="soft">{t("app.loading")}</p>;
  return (
    <div className={list.page} data-testid="probes-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("title")}</h1>
        {probes.size > 0 && <ProbeCounts counts={counts} filter={filterText} onFilter={onFilter} />}
        <span className="grow" />
        {mayAdd && probes.size > 0 && (
          <Button
            component={Link}
            to="/probes/add"
            variant="default"
            c="var(--text)"
            leftSection={<IconPlus size={14} aria-hidden />}
            data-testid="probe-add"
          >
            {say("add")}
          </Button>
        )}
      </div>
      {probes.size === 0 ? (
        <div className={styles.empty} data-testid="probes-none">
          <div>
            <div>{say("none")}</div>
            <div className="soft">{say("noneHint")}</div>
          </div>
          {mayAdd && (
            <Button
              component={Link}
              to="/probes/add"
              size="sm"
              leftSection={<IconPlus size={16} aria-hidden />}
              data-testid="probe-add"
            >
              {say("addFirst")}
            </Button>
          )}
        </div>
      ) : (
        <>
          <ProbeTools
            probes={probes}
            filter={filterText}
            wrong={filter.wrong}
            shown={shown.length}
            onFilter={onFilter}
          />
          {shown.length === 0 ? (
            <p className="soft">{say("nothing")}</p>
          ) : (
            <ProbeList
              probes={shown}
              without={without}
              selected={selected}
              sort={sort}
              onSort={(next) => change({ sort: formatSort(next) })}
              onOpen={onOpen}
              onPointer={onPointer}
            />
          )}
        </>
      )}
    </div>
  );
}

/** Columns that would be empty in every row: their room is better given to the others. */
function emptyColumns(probes: Iterable<Probe>): readonly ProbeColumnId[] {
  const empty = new Set<ProbeColumnId>(["certificate", "about", "tags"]);
  for (const { certificateUntil, about, tags } of probes) {
    if (certificateUntil !== null) empty.delete("certificate");
    if (about !== null) empty.delete("about");
    if (tags.length > 0) empty.delete("tags");
    if (empty.size === 0) break;
  }
  return [...empty];
}
