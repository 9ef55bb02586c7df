import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNarrow } from "../browser/use-media.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { RowList } from "../components/row-list.tsx";
import { SERVICE_COLUMN_IDS, SERVICE_COLUMNS } from "./columns.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import type { ServiceItem } from "./layout.ts";
import type { ServiceSort } from "./order.ts";
import { ServiceLines, ServiceRow } from "./service-row.tsx";
import { ServiceTableHead } from "./service-table-head.tsx";
import list from "../components/list.module.css";
import styles from "./services.module.css";

interface ServiceListProps {
  readonly items: readonly ServiceItem[];
  readonly without: readonly ServiceColumnId[];
  readonly selected: string | undefined;
  readonly sort: ServiceSort;
  readonly onSort: (sort: ServiceSort) => void;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const HEIGHTS = { group: 34, service: 36 } as const;
const LINES_HEIGHT = 56;
const keyOf = ({ key }: ServiceItem): string => key;

/** Services as a table, or as lines on a phone. */
export function ServiceList({ items, without, selected, sort, onSort, onOpen, onPointer }: ServiceListProps) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const columns = useMemo(() => SERVICE_COLUMN_IDS.filter((id) => !without.includes(id)), [without]);
  return (
    <RowList
      items={items}
      keyOf={keyOf}
      holds={({ key }, wanted) => key === wanted}
      heightOf={(item) => (narrow && item.is === "service" ? LINES_HEIGHT : HEIGHTS[item.is])}
      look={narrow ? "lines" : "table"}
      looks={SERVICE_COLUMNS}
      columns={columns}
      selected={selected}
      label={t("services.title")}
      className={styles.services}
      testId="service-list"
      onPointer={onPointer}
      head={(shown) => <ServiceTableHead columns={shown} items={items} sort={sort} onSort={onSort} />}
    >
      {(item, shown) =>
        item.is === "group" ? (
          <GroupLine item={item} />
        ) : narrow ? (
          <ServiceLines
            service={item.service}
            selected={item.key === selected}
            onOpen={onOpen}
            acts={without.includes("act") ? "hidden" : "shown"}
          />
        ) : (
          <ServiceRow service={item.service} columns={shown} selected={item.key === selected} onOpen={onOpen} />
        )
      }
    </RowList>
  );
}

function GroupLine({ item }: { readonly item: ServiceItem & { readonly is: "group" } }) {
  const { t } = useTranslation();
  const { counts, name } = item;
  const trouble = (["failed", "unhealthy", "backing-off"] as const).filter((key) => counts[key] > 0);
  return (
    <div className={list.group} role="row">
      <span role="cell" className="row">
        {name === "" ? t("services.ungrouped") : <ForeignText text={name} />}
        <span className={`soft ${styles.light}`}>{counts.total}</span>
        {trouble.map((key) => (
          <span key={key} className={`bad ${styles.light}`}>
            {counts[key]} {key === "unhealthy" ? t("health.unhealthy") : t(`runState.${key}`)}
          </span>
        ))}
      </span>
    </div>
  );
}
