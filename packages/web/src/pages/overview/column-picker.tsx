import { Button, Checkbox } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
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
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event): void => {
      const inside = event.target instanceof Node && root.current?.contains(event.target);
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !inside) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, [open]);
  return (
    <div ref={root} className={`${styles.picker} ${styles.wide}`}>
      <Button
        variant="default"
        aria-expanded={open}
        leftSection={<IconColumns3 size={14} aria-hidden />}
        onClick={() => setOpen(!open)}
        data-testid="columns"
      >
        {t("overview.columns")}
      </Button>
      {open && (
        <div className={styles.pickerList} role="group" aria-label={t("overview.columns")}>
          {COLUMN_IDS.filter((id) => COLUMNS[id].fixed !== true).map((id) => (
            <Checkbox
              key={id}
              size="xs"
              label={t(`column.${id}`)}
              checked={!hidden.includes(id)}
              onChange={() => onHidden(hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id])}
            />
          ))}
        </div>
      )}
    </div>
  );
}
