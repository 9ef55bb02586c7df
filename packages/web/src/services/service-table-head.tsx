import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../browser/observable.ts";
import { SERVICE_COLUMNS } from "./columns.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import type { ServiceItem } from "./layout.ts";
import type { ServiceSort, ServiceSortKey } from "./order.ts";
import { pickedServices, togglePickedAll } from "./picked-services.ts";
import styles from "./services.module.css";

/** Picks every service that the filter leaves, or lets go of them. */
function PickAll({ items }: { readonly items: readonly ServiceItem[] }) {
  const { t } = useTranslation();
  const picked = useObservable(pickedServices);
  const ids = items.flatMap((item) => (item.is === "service" ? [item.key] : []));
  return (
    <input
      type="checkbox"
      className={styles.pick}
      aria-label={t("services.pickAll")}
      checked={ids.length > 0 && ids.every((id) => picked.has(id))}
      onChange={() => togglePickedAll(ids)}
      data-testid="service-pick-all"
    />
  );
}

interface ServiceTableHeadProps {
  readonly columns: readonly ServiceColumnId[];
  readonly items: readonly ServiceItem[];
  readonly sort: ServiceSort;
  readonly onSort: (sort: ServiceSort) => void;
}

/** Text and trouble sort from the first, numbers from the largest. */
const firstDirection = (key: ServiceSortKey): boolean => key === "cpu" || key === "memory" || key === "restarts";

/** The head of the table: what is sorted by, and the box that picks all. */
export function ServiceTableHead({ columns, items, sort, onSort }: ServiceTableHeadProps) {
  const { t } = useTranslation();
  return (
    <div role="row" className={styles.head}>
      {columns.map((id) => {
        const { sort: key, unit, align } = SERVICE_COLUMNS[id];
        const active = key !== undefined && sort.key === key;
        const text = unit === undefined ? t(`serviceColumn.${id}`) : `${t(`serviceColumn.${id}`)} ${unit}`;
        return (
          <div
            key={id}
            role="columnheader"
            data-align={align}
            aria-sort={active ? (sort.descending ? "descending" : "ascending") : undefined}
          >
            {id === "pick" ? (
              <PickAll items={items} />
            ) : key === undefined ? (
              text
            ) : (
              <UnstyledButton
                className={styles.sorter}
                data-active={active}
                data-testid={`service-sort-${key}`}
                title={t("overview.sortBy", { column: t(`serviceColumn.${id}`) })}
                onClick={() => onSort({ key, descending: active ? !sort.descending : firstDirection(key) })}
              >
                {text}
                {active && (sort.descending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
              </UnstyledButton>
            )}
          </div>
        );
      })}
    </div>
  );
}
