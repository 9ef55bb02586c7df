import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Segments } from "../../components/segments.tsx";
import { ColumnPicker } from "./column-picker.tsx";
import type { ColumnId } from "./columns.tsx";
import { ComparePicked } from "./compare-picked.tsx";
import { FleetToggle } from "./fleet-toggle.tsx";
import { ListFilter } from "../../components/list-filter.tsx";
import list from "../../components/list.module.css";

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
  return (
    <div className={list.tools}>
      <ListFilter
        label={t("overview.filterLabel")}
        placeholder={t("overview.filter")}
        filter={filter}
        wrong={wrong}
        onFilter={props.onFilter}
        testId="filter"
      />
      <span className={`soft ${list.wide}`} data-testid="shown-count">
        {t("overview.shown", { count: shown })}
      </span>
      <span className={`grow ${list.wide}`} />
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
