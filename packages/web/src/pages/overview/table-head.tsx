import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Sort, SortKey } from "../../fleet/order.ts";
import { COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import styles from "./overview.module.css";

interface TableHeadProps {
  readonly columns: readonly ColumnId[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** Text sorts from A first, numbers from the largest. */
const firstDirection = (key: SortKey): boolean => key !== "name" && key !== "state" && key !== "age";

export function TableHead({ columns, sort, onSort }: TableHeadProps) {
  const { t } = useTranslation();
  return (
    <div role="row" className={styles.head}>
      {columns.map((id) => {
        const look = COLUMNS[id];
        const key = look.sort;
        const active = key !== undefined && sort.key === key;
        const text = look.unit === undefined ? t(`column.${id}`) : `${t(`column.${id}`)} ${look.unit}`;
        const order = sort.descending ? "descending" : "ascending";
        return (
          <div
            key={id}
            role="columnheader"
            data-align={look.align}
            aria-sort={active ? order : undefined}
            aria-label={id === "pick" ? t("compare.picked") : undefined}
          >
            {id === "pick" ? null : key === undefined ? (
              text
            ) : (
              <UnstyledButton
                className={styles.sorter}
                data-active={active}
                data-testid={`sort-${key}`}
                title={t("overview.sortBy", { column: t(`column.${id}`) })}
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
