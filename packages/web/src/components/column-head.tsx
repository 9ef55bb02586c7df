import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import list from "./list.module.css";

interface ColumnHeadProps<Key extends string> {
  readonly name: string;
  readonly unit: string | undefined;
  readonly align: "left" | "right" | undefined;
  /** What the column sorts by; undefined where it does not. */
  readonly sortKey: Key | undefined;
  /** Undefined while the order is no column's. */
  readonly sort: { readonly key: Key; readonly descending: boolean } | undefined;
  /** Whether the first click shows the largest on top. */
  readonly startsDescending: (key: Key) => boolean;
  readonly onSort: (sort: { readonly key: Key; readonly descending: boolean }) => void;
  /** Before the key in the test id. */
  readonly testId: string;
}

/** The head of one column of a list: its name, which sorts by it where it can. */
export function ColumnHead<Key extends string>(props: ColumnHeadProps<Key>) {
  const { name, unit, align, sortKey, sort, startsDescending, onSort, testId } = props;
  const { t } = useTranslation();
  const active = sortKey !== undefined && sort?.key === sortKey;
  const text = unit === undefined ? name : `${name} ${unit}`;
  return (
    <div
      role="columnheader"
      data-align={align}
      aria-sort={active ? (sort.descending ? "descending" : "ascending") : undefined}
    >
      {sortKey === undefined ? (
        text
      ) : (
        <UnstyledButton
          className={list.sorter}
          data-active={active}
          data-testid={`${testId}-${sortKey}`}
          title={t("overview.sortBy", { column: name })}
          onClick={() => onSort({ key: sortKey, descending: active ? !sort.descending : startsDescending(sortKey) })}
        >
          {text}
          {active && (sort.descending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
        </UnstyledButton>
      )}
    </div>
  );
}
