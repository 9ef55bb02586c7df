import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { CSSProperties } from "react";
import { useObservable } from "../browser/observable.ts";
import { useNarrow } from "../browser/use-media.ts";
import { useWidth } from "../browser/use-width.ts";
import { ColumnHead } from "../components/column-head.tsx";
import list from "../components/list.module.css";
import { fitColumns, leastWidth } from "../fleet/fit-columns.ts";
import { live } from "../live/live.ts";
import { PROBE_COLUMN_IDS, PROBE_COLUMNS, probeTrack } from "./columns.tsx";
import type { ProbeColumnId } from "./columns.tsx";
import type { ProbeSort, ProbeSortKey } from "./order.ts";
import { ProbeLines, ProbeRow } from "./probe-row.tsx";
import styles from "./probes.module.css";
import type { Probe } from "./probes-view.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

interface ProbeListProps {
  readonly probes: readonly Probe[];
  readonly without: readonly ProbeColumnId[];
  readonly selected: string | undefined;
  readonly sort: ProbeSort;
  readonly onSort: (sort: ProbeSort) => void;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const ROW_HEIGHT = 36;
const LINES_HEIGHT = 56;

/** Slow answers and late looks are looked for from the largest, everything else from the first. */
const startsDescending = (key: ProbeSortKey): boolean => key === "took" || key === "last";

/** Probes as a table, or as lines on a phone; only what is in sight is drawn. */
export function ProbeList({ probes, without, selected, sort, onSort, onOpen, onPointer }: ProbeListProps) {
  const say = useProbeTexts();
  const narrow = useNarrow();
  const open = useObservable(live.state).is === "open";
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = useMemo(() => {
    const rooms = PROBE_COLUMN_IDS.filter((id) => !without.includes(id)).map((id) => ({
      id,
      least: PROBE_COLUMNS[id].least,
      importance: PROBE_COLUMNS[id].importance,
    }));
    return fitColumns(rooms, width);
  }, [without, width]);
  const virtual = useVirtualizer({
    count: probes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? LINES_HEIGHT : ROW_HEIGHT),
    getItemKey: (index) => probes[index]?.id ?? index,
    overscan: 10,
    scrollPaddingStart: narrow ? 0 : 32,
  });
  useEffect(() => virtual.measure(), [virtual, narrow]);
  useEffect(() => {
    const index = selected === undefined ? -1 : probes.findIndex(({ id }) => id === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- it follows the selection, not the rows that move under it
  }, [selected]);
  const looks = columns.map((id) => PROBE_COLUMNS[id]);
  const style = {
    "--tracks": looks.map(probeTrack).join(" "),
    "--least-width": narrow ? "0" : `${leastWidth(looks)}px`,
  } as CSSProperties;
  return (
    <div
      ref={scroller}
      role="table"
      aria-rowcount={probes.length + 1}
      aria-label={say("title")}
      className={`${list.table} ${styles.probes}`}
      data-live={open}
      data-testid="probe-list"
      style={style}
      tabIndex={-1}
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
    >
      {!narrow && (
        <div role="row" className={list.head}>
          {columns.map((id) => (
            <ColumnHead
              key={id}
              name={say(`column.${id}`)}
              unit={undefined}
              align={PROBE_COLUMNS[id].align}
              sortKey={PROBE_COLUMNS[id].sort}
              sort={sort}
              startsDescending={startsDescending}
              onSort={onSort}
              testId="probe-sort"
            />
          ))}
        </div>
      )}
      <div className={list.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
        {virtual.getVirtualItems().map((row) => {
          const probe = probes[row.index];
          if (!probe) return null;
          const shared = { probe, selected: probe.id === selected, onOpen };
          return (
            <div key={row.key} className={list.item} style={{ transform: `translateY(${row.start}px)` }}>
              {narrow ? <ProbeLines {...shared} /> : <ProbeRow {...shared} columns={columns} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
