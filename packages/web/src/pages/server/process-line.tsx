import { ForeignText } from "../../components/foreign-text.tsx";
import type { ProcessRow } from "../../fleet/process-tree.ts";
import { useFormat } from "../../i18n/use-format.ts";
import styles from "./server.module.css";

/** Deeper rows are indented no further, or their name would leave the column. */
const DEPTH_SHOWN_MAX = 10;
const INDENT_PIXELS = 9;

/** One process in the table. */
export function ProcessLine({ row, at }: { readonly row: ProcessRow; readonly at: number }) {
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
    </div>
  );
}

/** One process on a phone: name and numbers above, user and command below. */
export function ProcessLines({ row }: { readonly row: ProcessRow }) {
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
      </div>
      <div role="cell" className="clip soft mono">
        <ForeignText text={`${process.user} ${process.commandLine}`} />
      </div>
    </div>
  );
}
