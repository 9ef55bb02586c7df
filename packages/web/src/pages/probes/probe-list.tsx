import { useMemo } from "react";
import { useNarrow } from "../../browser/use-media.ts";
import { ColumnHead } from "../../components/column-head.tsx";
import { RowList } from "../../components/row-list.tsx";
import { PROBE_COLUMN_IDS, PROBE_COLUMNS } from "./columns.tsx";
import type { ProbeColumnId } from "./columns.tsx";
import type { ProbeSort, ProbeSortKey } from "../../probes/order.ts";
import { ProbeLines, ProbeRow } from "./probe-row.tsx";
import styles from "./probes.module.css";
import type { Probe } from "../../probes/probes-view.ts";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";

interface ProbeListProps {
  readonly probes: readonly Probe[];
  readonly without: readonly ProbeColumnId[];
  readonly selected: string | undefined;
  readonly sort: ProbeSort;
  readonly onSort: (sort: ProbeSort) => void;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const ROW_HEIGHT = 36;
const LINES_HEIGHT = 56;

/** Slow answers and late looks are looked for from the largest, everything else from the first. */
const startsDescending = (key: ProbeSortKey): boolean => key === "took" || key === "last";
const idOf = ({ id }: Probe): string => id;

/** Probes as a table, or as lines on a phone. */
export function ProbeList({ probes, without, selected, sort, onSort, onOpen, onPointer }: ProbeListProps) {
  const say = useProbeTexts();
  const narrow = useNarrow();
  const columns = useMemo(() => PROBE_COLUMN_IDS.filter((id) => !without.includes(id)), [without]);
  return (
    <RowList
      items={probes}
      keyOf={idOf}
      holds={({ id }, wanted) => id === wanted}
      heightOf={() => (narrow ? LINES_HEIGHT : ROW_HEIGHT)}
      look={narrow ? "lines" : "table"}
      looks={PROBE_COLUMNS}
      columns={columns}
      selected={selected}
      label={say("title")}
      className={styles.probes}
      testId="probe-list"
      onPointer={onPointer}
      head={(shown) =>
        shown.map((id) => (
          <ColumnHead
            key={id}
            name={say(`column.${id}`)}
            unit={undefined}
            align={PROBE_COLUMNS[id].align}
            sortKey={PROBE_COLUMNS[id].sort}
            sort={sort}
            startsDescending={startsDescending}
            onSort={onSort}
            testId="probe-sort"
          />
        ))
      }
    >
      {(probe, shown) => {
        const row = { probe, selected: probe.id === selected, onOpen };
        return narrow ? <ProbeLines {...row} /> : <ProbeRow {...row} columns={shown} />;
      }}
    </RowList>
  );
}
