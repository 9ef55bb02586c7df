import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverState, unreached } from "../../fleet/server-state.ts";
import { AgeCell, BarCell, DiskCell, HourCell, NameCell, UnreachedCell } from "./cells.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { openOnClick } from "../../components/open-on-click.ts";
import styles from "./overview.module.css";

interface ServerTileProps {
  readonly server: Server;
  readonly line: readonly (number | null)[] | undefined;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

/** One server as a tile. */
export const ServerTile = memo(function ServerTile({ server, line, selected, onOpen }: ServerTileProps) {
  const { t } = useTranslation();
  const state = serverState(server);
  const trouble = unreached(server);
  return (
    <div
      className={styles.tile}
      data-testid="server-tile"
      data-server={server.id}
      data-state={state}
      data-live={state === "online"}
      data-selected={selected}
      {...openOnClick(() => onOpen(server.id))}
    >
      <div className="row">
        <StateMark state={state} word={state === "online" ? "hidden" : "shown"} />
        <span className="grow clip">
          <NameCell server={server} />
        </span>
        <AgeCell server={server} />
      </div>
      <div className={styles.tileBars}>
        <span className="soft">{t("column.cpu")} %</span>
        <BarCell ratio={server.summary.cpuBusyRatio} />
        <span className="soft">{t("column.memory")} %</span>
        <BarCell ratio={server.summary.memoryUsedRatio} />
        <span className="soft">{t("column.disk")} %</span>
        <DiskCell server={server} />
      </div>
      {trouble ? <UnreachedCell trouble={trouble} /> : <HourCell line={line} />}
    </div>
  );
});
