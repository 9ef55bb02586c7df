import { memo } from "react";
import list from "../../components/list.module.css";
import { openOnClick } from "../../components/open-on-click.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { IncidentMarks } from "../../incidents/incident-marks.tsx";
import { ActCell, LastedCell, PickCell, ServersCell, SeverityCell, TitleCell } from "./cells.tsx";
import { INCIDENT_COLUMNS } from "./columns.tsx";
import type { IncidentColumnId } from "./columns.tsx";
import styles from "./incidents.module.css";

interface IncidentRowProps {
  readonly incident: Incident;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

const attributes = ({ incident, selected, onOpen }: IncidentRowProps) => ({
  role: "row",
  "data-testid": "incident-row",
  "data-incident": incident.id,
  "data-severity": incident.severity,
  "data-acknowledged": incident.acknowledged !== null,
  "data-selected": selected,
  ...openOnClick(() => onOpen(incident.id)),
});

/** One incident in the table. It is drawn anew only when its own values change. */
export const IncidentRow = memo(function IncidentRow(
  props: IncidentRowProps & { readonly columns: readonly IncidentColumnId[] },
) {
  return (
    <div {...attributes(props)} className={list.row}>
      {props.columns.map((id) => (
        <div key={id} role="cell" className={list.cell} data-column={id} data-align={INCIDENT_COLUMNS[id].align}>
          {INCIDENT_COLUMNS[id].draw(props.incident)}
        </div>
      ))}
    </div>
  );
});

/** One incident on a phone: how bad and what above, where, since when and who has it below. */
export const IncidentLines = memo(function IncidentLines(props: IncidentRowProps & { readonly isPast: boolean }) {
  const { incident, isPast } = props;
  return (
    <div {...attributes(props)} className={`${list.lines} ${styles.lines}`}>
      <div role="cell" className="row">
        {!isPast && <PickCell incident={incident} />}
        <span className="grow clip">
          <TitleCell incident={incident} />
        </span>
        <SeverityCell incident={incident} />
      </div>
      <div role="cell" className={`soft ${styles.second}`}>
        <span className="clip grow">
          <ServersCell incident={incident} />
        </span>
        <IncidentMarks incident={incident} word="hidden" />
        <LastedCell incident={incident} />
        {!isPast && <ActCell incident={incident} />}
      </div>
    </div>
  );
});
