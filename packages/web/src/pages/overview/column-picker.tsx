import { Checkbox } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Disclosure } from "../../components/disclosure.tsx";
import { COLUMN_IDS, COLUMNS } from "./columns.tsx";
import type { ColumnId } from "./columns.tsx";
import styles from "./overview.module.css";

interface ColumnPickerProps {
  readonly hidden: readonly ColumnId[];
  readonly onHidden: (hidden: readonly ColumnId[]) => void;
}

/** Which columns the table shows; the caller remembers it. */
export function ColumnPicker({ hidden, onHidden }: ColumnPickerProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.wide}>
      <Disclosure
        label={t("overview.columns")}
        name={t("overview.columns")}
        icon={<IconColumns3 size={14} aria-hidden />}
        testId="columns"
      >
        {() =>
          COLUMN_IDS.filter((id) => COLUMNS[id].fixed !== true).map((id) => (
            <Checkbox
              key={id}
              size="xs"
              label={t(`column.${id}`)}
              checked={!hidden.includes(id)}
              onChange={() => onHidden(hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id])}
            />
          ))
        }
      </Disclosure>
    </div>
  );
}
