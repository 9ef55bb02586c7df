import { memo } from "react";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverState } from "../../fleet/server-state.ts";
import { COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
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
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the link in the row and j, k, Enter do the same
    <div
      role="row"
      className={list.row}
      data-testid="server-row"
      data-server={server.id}
      data-state={state}
      data-live={state === "online"}
      data-selected={selected}
      onClick={(event) => {
        if (event.target instanceof Element && !event.target.closest("a, button, input")) onOpen(server.id);
      }}
    >
      {columns.map((id) => (
        <div key={id} role="cell" className={list.cell} data-column={id} data-align={COLUMNS[id].align}>
          {COLUMNS[id].draw({ server, line })}
        </div>
      ))}
    </div>
  );
});
