import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverState, unreached } from "../../fleet/server-state.ts";
import { AgeCell, BarCell, DiskCell, NameCell, UnreachedCell } from "./cells.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { openOnClick } from "../../components/open-on-click.ts";
import list from "../../components/list.module.css";
import styles from "./overview.module.css";

interface ServerLinesProps {
  readonly server: Server;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

/** One server on a phone: state, name and age above, processor, memory and disk below. */
export const ServerLines = memo(function ServerLines({ server, selected, onOpen }: ServerLinesProps) {
  const { t } = useTranslation();
  const state = serverState(server);
  const trouble = unreached(server);
  return (
    <div
      role="row"
      className={`${list.lines} ${styles.lines}`}
      data-testid="server-row"
      data-server={server.id}
      data-state={state}
      data-live={state === "online"}
      data-selected={selected}
      {...openOnClick(() => onOpen(server.id))}
    >
      <div role="cell" className="row">
        <StateMark state={state} word={state === "online" ? "hidden" : "shown"} />
        <span className="grow clip">
          <NameCell server={server} />
        </span>
        <AgeCell server={server} />
      </div>
      {trouble ? (
        <div role="cell">
          <UnreachedCell trouble={trouble} />
        </div>
      ) : (
        <div role="cell" className={styles.lineBars}>
          <span>
            <small>{t("column.cpu")} %</small>
            <BarCell ratio={server.summary.cpuBusyRatio} />
          </span>
          <span>
            <small>{t("column.memory")} %</small>
            <BarCell ratio={server.summary.memoryUsedRatio} />
          </span>
          <span>
            <small className="clip">{t("column.disk")} %</small>
            <DiskCell server={server} />
          </span>
        </div>
      )}
    </div>
  );
});
