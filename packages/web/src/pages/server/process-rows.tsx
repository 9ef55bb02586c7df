import { UnstyledButton } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNarrow } from "../../browser/use-media.ts";
import list from "../../components/list.module.css";
import type { Process, ProcessRow } from "../../fleet/process-list.ts";
import { ProcessLine, ProcessLines } from "./process-line.tsx";
import styles from "./server.module.css";

interface ProcessRowsProps {
  readonly rows: readonly ProcessRow[];
  readonly at: number;
  readonly by: "cpu" | "memory";
  readonly onSort: (by: "cpu" | "memory") => void;
  readonly onKill: ((process: Process) => void) | undefined;
}

const ROW_HEIGHT = 28;
const LINES_HEIGHT = 48;

/** The process table; only what is in sight is drawn. */
export function ProcessRows({ rows, at, by, onSort, onKill }: ProcessRowsProps) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? LINES_HEIGHT : ROW_HEIGHT),
    getItemKey: (index) => rows[index]?.process.pid ?? index,
    overscan: 10,
  });
  useEffect(() => virtual.measure(), [virtual, narrow]);
  const sorter = (key: "cpu" | "memory", text: string) => (
    <UnstyledButton fz={12} c="inherit" onClick={() => onSort(key)} data-testid={`process-sort-${key}`}>
      {text} {by === key && <IconArrowDown size={12} aria-hidden />}
    </UnstyledButton>
  );
  return (
    <div
      ref={scroller}
      className={styles.processes}
      role="table"
      aria-label={t("server.processes")}
      data-testid="process-list"
    >
      {!narrow && (
        <div role="row" className={`${list.head} ${styles.processHead}`}>
          <span role="columnheader" className="number">
            {t("processes.pid")}
          </span>
          <span role="columnheader">{t("processes.name")}</span>
          <span role="columnheader">{t("processes.user")}</span>
          <span
            role="columnheader"
            className="number"
            title={t("processes.perCore")}
            aria-sort={by === "cpu" ? "descending" : undefined}
          >
            {sorter("cpu", `${t("processes.cpu")} %`)}
          </span>
          <span role="columnheader" className="number" aria-sort={by === "memory" ? "descending" : undefined}>
            {sorter("memory", t("processes.memory"))}
          </span>
          <span role="columnheader" className="number">
            {t("processes.threads")}
          </span>
          <span role="columnheader">{t("processes.state")}</span>
          <span role="columnheader" className="number">
            {t("processes.age")}
          </span>
          <span role="columnheader">{t("processes.command")}</span>
          <span role="columnheader" aria-label={t("kill.title")} />
        </div>
      )}
      <div className={list.body} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div key={item.key} className={list.item} style={{ transform: `translateY(${item.start}px)` }}>
              {narrow ? <ProcessLines row={row} onKill={onKill} /> : <ProcessLine row={row} at={at} onKill={onKill} />}
            </div>
          );
        })}
      </div>
      {rows.length === 0 && <p className="soft">{t("processes.nothing")}</p>}
    </div>
  );
}
