import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { CSSProperties, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { FleetView, Server } from "../../fleet/fleet-view.ts";
import type { OverviewItem } from "../../fleet/layout.ts";
import type { Sort } from "../../fleet/order.ts";
import { useObservable } from "../../browser/observable.ts";
import { live } from "../../live/live.ts";
import { COLUMNS, features, tableColumns } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
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
  readonly hidden: readonly ColumnId[];
  readonly selected: string | undefined;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly onOpen: (id: string) => void;
  readonly pointerInside: RefObject<boolean>;
}

const HEIGHTS = { group: 34, server: 36, tiles: 152 } as const;
const LINES_HEIGHT = 68;

/** The fleet as a table, as lines of a phone or as tiles; only what is in sight is drawn. */
export function ServerList(props: ServerListProps) {
  const { items, fleet, look, hidden, selected, sort, onSort, onOpen, pointerInside } = props;
  const { t } = useTranslation();
  const open = useObservable(live.state).is === "open";
  const scroller = useRef<HTMLDivElement>(null);
  const columnVisibility = useMemo(() => Object.fromEntries(hidden.map((id) => [id, false])), [hidden]);
  const table = useTable({ features, columns: tableColumns, data: props.servers, state: { columnVisibility } });
  const visible = table.getVisibleLeafColumns();
  const columns = useMemo(() => visible.map((column) => column.id as ColumnId), [visible]);
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
    const index = selected === undefined ? -1 : items.findIndex((item) => item.key === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // Following the selection, not the rows that move under it.
  }, [selected]);
  const tracks = columns.map((id) => COLUMNS[id].width).join(" ");
  const least = columns.reduce((sum, id) => sum + Number(/\d+/.exec(COLUMNS[id].width)?.[0] ?? 0) + 14, 16);
  const style = { "--tracks": tracks, "--least-width": look === "table" ? `${least}px` : "0" } as CSSProperties;
  return (
    <div
      ref={scroller}
      role={look === "tiles" ? "list" : "table"}
      aria-label={t("overview.title")}
      className={styles.table}
      data-live={open}
      data-testid="server-list"
      style={style}
      tabIndex={-1}
      onPointerEnter={() => (pointerInside.current = true)}
      onPointerLeave={() => (pointerInside.current = false)}
    >
      {look === "table" && <TableHead columns={columns} sort={sort} onSort={onSort} />}
      <div className={styles.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          if (!item) return null;
          return (
            <div key={row.key} className={styles.item} style={{ transform: `translateY(${row.start}px)` }}>
              {item.is === "group" && (
                <div className={styles.group} role="row">
                  {item.tag === null ? t("overview.ungrouped") : <ForeignText text={item.tag} />}
                  <span className="soft">{item.count}</span>
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
                <div className={styles.tiles}>
                  {item.servers.map((server) => (
                    <ServerTile
                      key={server.id}
                      server={server}
                      line={fleet.cpuLastHour.get(server.id)}
                      selected={false}
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
