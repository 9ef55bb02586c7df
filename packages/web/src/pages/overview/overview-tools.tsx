import { Button, CloseButton, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHotkey } from "../../browser/use-hotkey.ts";
import { Segments } from "../../components/segments.tsx";
import { ColumnPicker } from "./column-picker.tsx";
import type { ColumnId } from "./columns.tsx";
import { ComparePicked } from "./compare-picked.tsx";
import { FleetToggle } from "./fleet-toggle.tsx";
import styles from "./overview.module.css";

interface OverviewToolsProps {
  readonly filter: string;
  readonly wrong: readonly string[];
  readonly shown: number;
  readonly view: "table" | "tiles";
  readonly grouped: boolean;
  readonly hidden: readonly ColumnId[];
  readonly onFilter: (text: string) => void;
  readonly onView: (view: "table" | "tiles") => void;
  readonly onGrouped: (grouped: boolean) => void;
  readonly onHidden: (hidden: readonly ColumnId[]) => void;
}

/** Filter, look and columns of the overview. */
export function OverviewTools(props: OverviewToolsProps) {
  const { filter, wrong, shown, view, grouped, hidden } = props;
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  // The address follows what is typed a moment later; what is typed must not wait for it.
  const [text, setText] = useState(filter);
  const told = useRef(filter);
  useEffect(() => {
    if (filter === told.current) return;
    told.current = filter;
    setText(filter);
  }, [filter]);
  const change = (next: string): void => {
    setText(next);
    told.current = next.trim();
    props.onFilter(next.trim());
  };
  useHotkey("/", () => input.current?.select());
  return (
    <div className={styles.tools}>
      <TextInput
        ref={input}
        className={styles.filter}
        size="xs"
        aria-label={t("overview.filterLabel")}
        placeholder={t("overview.filter")}
        leftSection={<IconFilter size={14} aria-hidden />}
        rightSection={
          text !== "" && <CloseButton size="xs" aria-label={t("overview.clear")} onClick={() => change("")} />
        }
        value={text}
        error={wrong.length > 0 && t("overview.wrong", { words: wrong.join(" ") })}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
        }}
        spellCheck={false}
        data-testid="filter"
      />
      <span className={`soft ${styles.wide}`} data-testid="shown-count">
        {t("overview.shown", { count: shown })}
      </span>
      <span className={`grow ${styles.wide}`} />
      <Segments
        label={t("overview.view")}
        value={view}
        options={[
          { value: "table", label: t("overview.table") },
          { value: "tiles", label: t("overview.tiles") },
        ]}
        onChange={props.onView}
        testId="view"
      />
      <Button
        variant={grouped ? "light" : "default"}
        aria-pressed={grouped}
        onClick={() => props.onGrouped(!grouped)}
        data-testid="group"
      >
        {t("overview.group")}
      </Button>
      <FleetToggle />
      <ComparePicked />
      <ColumnPicker hidden={hidden} onHidden={props.onHidden} />
    </div>
  );
}
