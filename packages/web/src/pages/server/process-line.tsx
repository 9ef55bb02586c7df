import { UnstyledButton } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Process, ProcessRow } from "../../fleet/process-list.ts";
import { useFormat } from "../../i18n/use-format.ts";
import styles from "./server.module.css";

/** Deeper rows are indented no further, or their name would leave the column. */
const DEPTH_SHOWN_MAX = 10;
const INDENT_PIXELS = 9;

/** Asks to end a process; undefined for who may not. */
type OnKill = ((process: Process) => void) | undefined;

function KillButton({ process, onKill }: { readonly process: Process; readonly onKill: OnKill }) {
  const { t } = useTranslation();
  if (!onKill) return null;
  return (
    <UnstyledButton
      className={styles.kill}
      aria-label={t("kill.of", { name: process.name, pid: process.pid })}
      title={t("kill.of", { name: process.name, pid: process.pid })}
      onClick={() => onKill(process)}
      data-testid="process-kill"
    >
      <IconX size={14} aria-hidden />
    </UnstyledButton>
  );
}

interface ProcessLineProps {
  readonly row: ProcessRow;
  readonly at: number;
  readonly onKill: OnKill;
}

/** One process in the table. */
export function ProcessLine({ row, at, onKill }: ProcessLineProps) {
  const format = useFormat();
  const { process, depth } = row;
  const indent = Math.min(depth, DEPTH_SHOWN_MAX) * INDENT_PIXELS;
  return (
    <div role="row" className={styles.process} data-testid="process-row" data-pid={process.pid}>
      <span role="cell" className="number soft">
        {process.pid}
      </span>
      <span role="cell" style={{ paddingLeft: indent }}>
        <ForeignText text={process.name} />
      </span>
      <span role="cell" className="soft">
        <ForeignText text={process.user} />
      </span>
      <span role="cell" className="number">
        {format.percent(process.cpuRatio)}
      </span>
      <span role="cell" className="number">
        {format.bytes(process.residentBytes)}
      </span>
      <span role="cell" className="number soft">
        {format.number(process.threads)}
      </span>
      <span role="cell" className="soft">
        <ForeignText text={process.state} />
      </span>
      <span role="cell" className="number soft">
        {format.duration(at - process.startedAt)}
      </span>
      <span role="cell" className="mono soft" title={process.commandLine}>
        <ForeignText text={process.commandLine} />
      </span>
      <span role="cell">
        <KillButton process={process} onKill={onKill} />
      </span>
    </div>
  );
}

/** One process on a phone: name and numbers above, user and command below. */
export function ProcessLines({ row, onKill }: Omit<ProcessLineProps, "at">) {
  const format = useFormat();
  const { process, depth } = row;
  return (
    <div
      role="row"
      className={styles.processLines}
      style={{ paddingLeft: 4 + Math.min(depth, 5) * 8 }}
      data-testid="process-row"
      data-pid={process.pid}
    >
      <div role="cell" className="row">
        <span className="grow clip">
          <ForeignText text={process.name} /> <span className="soft">{process.pid}</span>
        </span>
        <span className="number">{format.percentWithUnit(process.cpuRatio)}</span>
        <span className="number" style={{ minWidth: 70 }}>
          {format.bytes(process.residentBytes)}
        </span>
        <KillButton process={process} onKill={onKill} />
      </div>
      <div role="cell" className="clip soft mono">
        <ForeignText text={`${process.user} ${process.commandLine}`} />
      </div>
    </div>
  );
}
