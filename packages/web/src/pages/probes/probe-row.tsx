import { memo } from "react";
import { ForeignText } from "../../components/foreign-text.tsx";
import list from "../../components/list.module.css";
import { openOnClick } from "../../components/open-on-click.ts";
import { BeatsCell, CertificateCell, KindCell, LastCell, NameCell, TookCell } from "../../probes/cells.tsx";
import { PROBE_COLUMNS } from "./columns.tsx";
import type { ProbeColumnId } from "./columns.tsx";
import { ProbeMark } from "../../probes/probe-marks.tsx";
import styles from "./probes.module.css";
import type { Probe } from "../../probes/probes-view.ts";
import { TargetText } from "../../probes/target-text.tsx";

interface ProbeRowProps {
  readonly probe: Probe;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

const attributes = ({ probe, selected, onOpen }: ProbeRowProps) => ({
  role: "row",
  "data-testid": "probe-row",
  "data-probe": probe.id,
  "data-health": probe.state === "paused" ? "paused" : probe.health,
  "data-selected": selected,
  ...openOnClick(() => onOpen(probe.id)),
});

/** One probe in the table. It is drawn anew only when its own values change. */
export const ProbeRow = memo(function ProbeRow(props: ProbeRowProps & { readonly columns: readonly ProbeColumnId[] }) {
  return (
    <div {...attributes(props)} className={list.row}>
      {props.columns.map((id) => (
        <div key={id} role="cell" className={list.cell} data-column={id} data-align={PROBE_COLUMNS[id].align}>
          {PROBE_COLUMNS[id].draw(props.probe)}
        </div>
      ))}
    </div>
  );
});

/** One probe on a phone: health and name above with the last results, what it looks at and how it does below. */
export const ProbeLines = memo(function ProbeLines(props: ProbeRowProps) {
  const { probe } = props;
  const isWell = probe.state === "paused" || probe.health === "healthy" || probe.detail === "";
  return (
    <div {...attributes(props)} className={`${list.lines} ${styles.lines}`}>
      <div role="cell" className="row">
        <ProbeMark probe={probe} />
        <span className="grow clip">
          <NameCell probe={probe} />
        </span>
        <span className={styles.beats}>
          <BeatsCell probe={probe} />
        </span>
      </div>
      <div role="cell" className={`soft ${styles.second}`}>
        <span className="grow clip">
          <KindCell probe={probe} /> · {isWell ? <TargetText probe={probe} /> : <ForeignText text={probe.detail} />}
        </span>
        <CertificateCell probe={probe} />
        <TookCell probe={probe} />
        <LastCell probe={probe} />
      </div>
    </div>
  );
});
