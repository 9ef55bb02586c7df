import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Segments } from "../components/segments.tsx";
import type { ServiceGroup } from "./layout.ts";
import { ListFilter } from "../components/list-filter.tsx";
import list from "../components/list.module.css";

interface ServiceToolsProps {
  readonly filter: string;
  readonly wrong: readonly string[];
  readonly shown: number;
  readonly group: ServiceGroup | undefined;
  readonly groups: readonly ServiceGroup[];
  readonly onFilter: (text: string) => void;
  readonly onGroup: (group: ServiceGroup | undefined) => void;
  readonly children?: ReactNode;
}

/** Filter and grouping of a list of services. */
export function ServiceTools({ filter, wrong, shown, group, groups, onFilter, onGroup, children }: ServiceToolsProps) {
  const { t } = useTranslation();
  return (
    <div className={list.tools}>
      <ListFilter
        label={t("services.filterLabel")}
        placeholder={t("services.filter")}
        filter={filter}
        wrong={wrong}
        onFilter={onFilter}
        testId="service-filter"
      />
      <span className={`soft ${list.wide}`} data-testid="service-shown">
        {t("services.shown", { count: shown })}
      </span>
      <span className={`grow ${list.wide}`} />
      {groups.length > 0 && (
        <Segments
          label={t("services.groupBy")}
          value={group ?? "none"}
          options={[
            { value: "none" as const, label: t("services.groupNone") },
            ...groups.map((value) => ({ value, label: t(`services.group_${value}`) })),
          ]}
          onChange={(value) => onGroup(value === "none" ? undefined : value)}
          testId="service-group"
        />
      )}
      {children}
    </div>
  );
}
