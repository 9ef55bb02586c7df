import { memo } from "react";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverState, unreached } from "../../fleet/server-state.ts";
import { UnreachedCell } from "./cells.tsx";
import { COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import { openOnClick } from "../../components/open-on-click.ts";
import list from "../../components/list.module.css";

interface ServerRowProps {
  readonly server: Server;
  readonly line: readonly (number | null)[] | undefined;
  readonly columns: readonly ColumnId[];
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

/** One server in the table. It is drawn anew only when its own values change. */
export const ServerRow = memo(function ServerRow({ server, line, columns, selected, onOpen }: ServerRowProps) {
  const state = serverState(server);
  const trouble = unreached(server);
  const readings = columns.filter((id) => COLUMNS[id].reading === true);
  return (
    <div
      role="row"
      className={list.row}
      data-testid="server-row"
      data-server={server.id}
      data-state={state}
      data-live={state === "online"}
      data-selected={selected}
      {...openOnClick(() => onOpen(server.id))}
    >
      {columns.map((id) =>
        trouble && id === readings[0] ? (
          <div
            key={id}
            role="cell"
            aria-colspan={readings.length}
            className={list.cell}
            style={{ gridColumn: `span ${readings.length}` }}
          >
            <UnreachedCell trouble={trouble} />
          </div>
        ) : trouble && readings.includes(id) ? null : (
          <div key={id} role="cell" className={list.cell} data-column={id} data-align={COLUMNS[id].align}>
            {COLUMNS[id].draw({ server, line })}
          </div>
        ),
      )}
    </div>
  );
});
