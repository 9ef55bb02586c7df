import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import { fitColumns, leastWidth } from "../../fleet/fit-columns.ts";
import type { FleetView, Server } from "../../fleet/fleet-view.ts";
import { rowKeys, tileKey } from "../../fleet/layout.ts";
import type { OverviewItem } from "../../fleet/layout.ts";
import type { Sort } from "../../fleet/order.ts";
import type { RowOrder } from "../../fleet/row-order.ts";
import { useObservable } from "../../browser/observable.ts";
import { useWidth } from "../../browser/use-width.ts";
import { live } from "../../live/live.ts";
import { COLUMNS, features, tableColumns, trackOf } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import list from "../../components/list.module.css";
import styles from "./overview.module.css";
import { ServerLines } from "./server-lines.tsx";
import { ServerRow } from "./server-row.tsx";
import { ServerTile } from "./server-tile.tsx";
import { TableHead } from "./table-head.tsx";

interface ServerListProps {
  readonly items: readonly OverviewItem[];
  readonly fleet: FleetView;
  readonly servers: Server[];
  readonly look: "table" | "lines" | "tiles";
  readonly tilesPerRow: number;
  readonly hidden: readonly ColumnId[];
  readonly selected: string | undefined;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly onOpen: (id: string) => void;
  readonly order: RowOrder<Server>;
}

const HEIGHTS = { group: 34, server: 36, tiles: 152 } as const;
const LINES_HEIGHT = 68;

/** The fleet as a table, as lines of a phone or as tiles; only what is in sight is drawn. */
export function ServerList(props: ServerListProps) {
  const { items, fleet, look, tilesPerRow, hidden, selected, sort, onSort, onOpen, order } = props;
  const { t } = useTranslation();
  const open = useObservable(live.state).is === "open";
  const scroller = useRef<HTMLDivElement>(null);
  const columnVisibility = useMemo(() => Object.fromEntries(hidden.map((id) => [id, false])), [hidden]);
  const table = useTable({ features, columns: tableColumns, data: props.servers, state: { columnVisibility } });
  const visible = table.getVisibleLeafColumns();
  const width = useWidth(scroller);
  const columns = useMemo(() => {
    const rooms = visible.map((column) => {
      const id = column.id as ColumnId;
      return { id, least: COLUMNS[id].least, importance: COLUMNS[id].importance };
    });
    return fitColumns(rooms, width);
  }, [visible, width]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) =>
      items[index]?.is === "server" && look === "lines" ? LINES_HEIGHT : HEIGHTS[items[index]?.is ?? "server"],
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 8,
    scrollPaddingStart: look === "table" ? 32 : 0,
  });
  useEffect(() => virtual.measure(), [virtual, look]);
  useEffect(() => {
    const index =
      selected === undefined ? -1 : items.findIndex((item) => rowKeys(item).some(({ key }) => key === selected));
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- it follows the selection, not the rows that move under it
  }, [selected]);
  const looks = columns.map((id) => COLUMNS[id]);
  const style = {
    "--tracks": looks.map(trackOf).join(" "),
    "--least-width": look === "table" ? `${leastWidth(looks)}px` : "0",
  } as CSSProperties;
  return (
    <div
      ref={scroller}
      role={look === "tiles" ? "group" : "table"}
      aria-rowcount={look === "tiles" ? undefined : items.length + 1}
      aria-label={t("overview.title")}
      className={`${list.table} ${styles.servers}`}
      data-live={open}
      data-testid="server-list"
      style={style}
      tabIndex={-1}
      onPointerEnter={() => order.setPointerInside(true)}
      onPointerLeave={() => order.setPointerInside(false)}
    >
      {look === "table" && <TableHead columns={columns} sort={sort} onSort={onSort} />}
      <div
        className={list.body}
        style={{ height: virtual.getTotalSize() }}
        role={look === "tiles" ? undefined : "rowgroup"}
      >
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          if (!item) return null;
          return (
            <div key={row.key} className={list.item} style={{ transform: `translateY(${row.start}px)` }}>
              {item.is === "group" && (
                <div className={list.group} role="row">
                  <span role="cell" className="row">
                    {item.tag === null ? t("overview.ungrouped") : <ForeignText text={item.tag} />}
                    <span className="soft">{item.count}</span>
                  </span>
                </div>
              )}
              {item.is === "server" && look === "lines" && (
                <ServerLines server={item.server} selected={item.key === selected} onOpen={onOpen} />
              )}
              {item.is === "server" && look !== "lines" && (
                <ServerRow
                  server={item.server}
                  line={fleet.cpuLastHour.get(item.server.id)}
                  columns={columns}
                  selected={item.key === selected}
                  onOpen={onOpen}
                />
              )}
              {item.is === "tiles" && (
                <div className={styles.tiles} style={{ "--tiles": tilesPerRow } as CSSProperties}>
                  {item.servers.map((server) => (
                    <ServerTile
                      key={server.id}
                      server={server}
                      line={fleet.cpuLastHour.get(server.id)}
                      selected={tileKey(item, server.id) === selected}
                      onOpen={onOpen}
                    />
                  ))}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
