import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { COLUMN_IDS, COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";

interface ColumnListProps {
  readonly hidden: readonly ColumnId[];
  readonly onHidden: (hidden: readonly ColumnId[]) => void;
}

/** A box for each column that may be hidden. */
export function ColumnList({ hidden, onHidden }: ColumnListProps) {
  const { t } = useTranslation();
  return COLUMN_IDS.filter((id) => COLUMNS[id].fixed !== true).map((id) => (
    <Checkbox
      key={id}
      size="xs"
      label={t(`column.${id}`)}
      checked={!hidden.includes(id)}
      onChange={() => onHidden(hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id])}
    />
  ));
}
