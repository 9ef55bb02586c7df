import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../browser/observable.ts";
import { useNarrow } from "../browser/use-media.ts";
import { useWidth } from "../browser/use-width.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { fitColumns, leastWidth } from "../fleet/fit-columns.ts";
import { live } from "../live/live.ts";
import { SERVICE_COLUMN_IDS, SERVICE_COLUMNS, serviceTrack } from "./columns.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import type { ServiceItem } from "./layout.ts";
import type { ServiceSort } from "./order.ts";
import { ServiceLines, ServiceRow } from "./service-row.tsx";
import { ServiceTableHead } from "./service-table-head.tsx";
import list from "../components/list.module.css";
import styles from "./services.module.css";

interface ServiceListProps {
  readonly items: readonly ServiceItem[];
  readonly without: readonly ServiceColumnId[];
  readonly selected: string | undefined;
  readonly sort: ServiceSort;
  readonly onSort: (sort: ServiceSort) => void;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const HEIGHTS = { group: 34, service: 36 } as const;
const LINES_HEIGHT = 56;

/** Services as a table, or as lines on a phone; only what is in sight is drawn. */
export function ServiceList({ items, without, selected, sort, onSort, onOpen, onPointer }: ServiceListProps) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const open = useObservable(live.state).is === "open";
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = useMemo(() => {
    const rooms = SERVICE_COLUMN_IDS.filter((id) => !without.includes(id)).map((id) => ({
      id,
      least: SERVICE_COLUMNS[id].least,
      importance: SERVICE_COLUMNS[id].importance,
    }));
    return fitColumns(rooms, width);
  }, [without, width]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) =>
      narrow && items[index]?.is === "service" ? LINES_HEIGHT : HEIGHTS[items[index]?.is ?? "service"],
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 10,
    scrollPaddingStart: narrow ? 0 : 32,
  });
  useEffect(() => virtual.measure(), [virtual, narrow, items]);
  useEffect(() => {
    const index = selected === undefined ? -1 : items.findIndex(({ key }) => key === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- it follows the selection, not the rows that move under it
  }, [selected]);
  const looks = columns.map((id) => SERVICE_COLUMNS[id]);
  const style = {
    "--tracks": looks.map(serviceTrack).join(" "),
    "--least-width": narrow ? "0" : `${leastWidth(looks)}px`,
  } as CSSProperties;
  return (
    <div
      ref={scroller}
      role="table"
      aria-rowcount={items.length + 1}
      aria-label={t("services.title")}
      className={`${list.table} ${styles.services}`}
      data-live={open}
      data-testid="service-list"
      style={style}
      tabIndex={-1}
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
    >
      {!narrow && <ServiceTableHead columns={columns} items={items} sort={sort} onSort={onSort} />}
      <div className={list.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          if (!item) return null;
          return (
            <div key={row.key} className={list.item} style={{ transform: `translateY(${row.start}px)` }}>
              {item.is === "group" ? (
                <GroupLine item={item} />
              ) : narrow ? (
                <ServiceLines
                  service={item.service}
                  selected={item.key === selected}
                  onOpen={onOpen}
                  acts={without.includes("act") ? "hidden" : "shown"}
                />
              ) : (
                <ServiceRow service={item.service} columns={columns} selected={item.key === selected} onOpen={onOpen} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function GroupLine({ item }: { readonly item: ServiceItem & { readonly is: "group" } }) {
  const { t } = useTranslation();
  const { counts, name } = item;
  const trouble = (["failed", "unhealthy", "backing-off"] as const).filter((key) => counts[key] > 0);
  return (
    <div className={list.group} role="row">
      <span role="cell" className="row">
        {name === "" ? t("services.ungrouped") : <ForeignText text={name} />}
        <span className={`soft ${styles.light}`}>{counts.total}</span>
        {trouble.map((key) => (
          <span key={key} className={`bad ${styles.light}`}>
            {counts[key]} {key === "unhealthy" ? t("health.unhealthy") : t(`runState.${key}`)}
          </span>
        ))}
      </span>
    </div>
  );
}
