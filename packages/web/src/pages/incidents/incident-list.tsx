import { useObservable } from "../../browser/observable.ts";
import { useNarrow } from "../../browser/use-media.ts";
import { ColumnHead } from "../../components/column-head.tsx";
import list from "../../components/list.module.css";
import { RowList } from "../../components/row-list.tsx";
import type { Incident } from "../../incidents/incidents-view.ts";
import type { IncidentSort, IncidentSortKey } from "../../incidents/order.ts";
import { pickedIncidents } from "../../incidents/picked-incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { INCIDENT_COLUMNS } from "./columns.tsx";
import type { IncidentColumnId } from "./columns.tsx";
import { IncidentLines, IncidentRow } from "./incident-row.tsx";
import styles from "./incidents.module.css";

interface IncidentListProps {
  readonly incidents: readonly Incident[];
  readonly columns: readonly IncidentColumnId[];
  readonly selected: string | undefined;
  readonly sort: IncidentSort | undefined;
  readonly onSort: ((sort: IncidentSort) => void) | undefined;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const ROW_HEIGHT = 36;
const LINES_HEIGHT = 60;

/** The worst and the newest are looked for first, everything else from the first. */
const startsDescending = (key: IncidentSortKey): boolean => key === "severity" || key === "since";
const idOf = ({ id }: Incident): string => id;
const ignore = (): void => undefined;

/** Picks every incident that the filter leaves, or lets go of them. */
function PickAll({ incidents }: { readonly incidents: readonly Incident[] }) {
  const say = useAlertTexts();
  const picked = useObservable(pickedIncidents);
  return (
    <input
      type="checkbox"
      className={list.pick}
      aria-label={say("pickAll")}
      checked={incidents.length > 0 && incidents.every(({ id }) => picked.has(id))}
      onChange={() => pickedIncidents.toggleAll(incidents.map(({ id }) => id))}
      data-testid="incident-pick-all"
    />
  );
}

/** Incidents as a table, or as lines on a phone. */
export function IncidentList(props: IncidentListProps) {
  const { incidents, columns, selected, sort, onSort, onOpen, onPointer } = props;
  const say = useAlertTexts();
  const narrow = useNarrow();
  const isPast = !columns.includes("act");
  return (
    <RowList
      items={incidents}
      keyOf={idOf}
      holds={({ id }, wanted) => id === wanted}
      heightOf={() => (narrow ? LINES_HEIGHT : ROW_HEIGHT)}
      look={narrow ? "lines" : "table"}
      looks={INCIDENT_COLUMNS}
      columns={columns}
      selected={selected}
      label={say("title")}
      className={styles.incidents}
      testId="incident-list"
      onPointer={onPointer}
      head={(shown) =>
        shown.map((id) =>
          id === "pick" ? (
            <div key={id} role="columnheader">
              <PickAll incidents={incidents} />
            </div>
          ) : (
            <ColumnHead
              key={id}
              name={say(`column.${id}`)}
              unit={undefined}
              align={INCIDENT_COLUMNS[id].align}
              sortKey={onSort === undefined ? undefined : INCIDENT_COLUMNS[id].sort}
              sort={sort}
              startsDescending={startsDescending}
              onSort={onSort ?? ignore}
              testId="incident-sort"
            />
          ),
        )
      }
    >
      {(incident, shown) => {
        const row = { incident, selected: incident.id === selected, onOpen };
        return narrow ? <IncidentLines {...row} isPast={isPast} /> : <IncidentRow {...row} columns={shown} />;
      }}
    </RowList>
  );
}
