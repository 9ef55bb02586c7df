import { useTranslation } from "react-i18next";
import type { Sort, SortKey } from "../../fleet/order.ts";
import { COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import { ColumnHead } from "../../components/column-head.tsx";

interface TableHeadProps {
  readonly columns: readonly ColumnId[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** Text sorts from A first, numbers from the largest. */
const startsDescending = (key: SortKey): boolean => key !== "name" && key !== "state" && key !== "age";

export function TableHead({ columns, sort, onSort }: TableHeadProps) {
  const { t } = useTranslation();
  return columns.map((id) => {
    const { sort: sortKey, unit, align } = COLUMNS[id];
    return id === "pick" ? (
      <div key={id} role="columnheader" aria-label={t("compare.picked")} />
    ) : (
      <ColumnHead
        key={id}
        name={t(`column.${id}`)}
        startsDescending={startsDescending}
        testId="sort"
        {...{ unit, align, sortKey, sort, onSort }}
      />
    );
  });
}
