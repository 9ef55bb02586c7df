import { useTable } from "@tanstack/react-table";
import { useMemo } from "react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { FleetView, Server } from "../../fleet/fleet-view.ts";
import { rowKeys, tileKey } from "../../fleet/layout.ts";
import type { OverviewItem } from "../../fleet/layout.ts";
import type { Sort } from "../../fleet/order.ts";
import { COLUMNS, features, tableColumns } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import { RowList } from "../../components/row-list.tsx";
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
  readonly onPointer: (isInside: boolean) => void;
}

const HEIGHTS = { group: 34, server: 36, tiles: 152 } as const;
const LINES_HEIGHT = 68;
const keyOf = ({ key }: OverviewItem): string => key;

/** The fleet as a table, as lines of a phone or as tiles. */
export function ServerList(props: ServerListProps) {
  const { items, fleet, look, tilesPerRow, hidden, selected, sort, onSort, onOpen, onPointer } = props;
  const { t } = useTranslation();
  const columnVisibility = useMemo(() => Object.fromEntries(hidden.map((id) => [id, false])), [hidden]);
  const table = useTable({ features, columns: tableColumns, data: props.servers, state: { columnVisibility } });
  const visible = table.getVisibleLeafColumns();
  const wanted = useMemo(() => visible.map(({ id }) => id as ColumnId), [visible]);
  return (
    <RowList
      items={items}
      keyOf={keyOf}
      holds={(item, key) => rowKeys(item).some((row) => row.key === key)}
      heightOf={(item) => (item.is === "server" && look === "lines" ? LINES_HEIGHT : HEIGHTS[item.is])}
      look={look}
      looks={COLUMNS}
      columns={wanted}
      selected={selected}
      label={t("overview.title")}
      className={styles.servers}
      testId="server-list"
      onPointer={onPointer}
      head={(columns) => <TableHead columns={columns} sort={sort} onSort={onSort} />}
    >
      {(item, columns) => (
        <>
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
        </>
      )}
    </RowList>
  );
}
