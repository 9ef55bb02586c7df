import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { browserClock } from "../browser/clock.ts";
import { useRowKeys } from "../components/use-row-keys.ts";
import { BulkBar } from "./bulk-bar.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import { parseServiceFilter } from "./filter.ts";
import { layOutServices } from "./layout.ts";
import type { ServiceGroup } from "./layout.ts";
import { ServiceOrder } from "./order.ts";
import type { ServiceSort } from "./order.ts";
import { togglePickedService } from "./picked-services.ts";
import { ServiceList } from "./service-list.tsx";
import { ServiceTools } from "./service-tools.tsx";
import type { Service } from "./services-view.ts";

interface ServiceBrowserProps {
  readonly services: ReadonlyMap<string, Service>;
  readonly filter: string;
  readonly sort: ServiceSort;
  readonly group: ServiceGroup | undefined;
  readonly groups: readonly ServiceGroup[];
  readonly without: readonly ServiceColumnId[];
  readonly onFilter: (text: string) => void;
  readonly onSort: (sort: ServiceSort) => void;
  readonly onGroup: (group: ServiceGroup | undefined) => void;
  readonly children?: ReactNode;
}

/** A list of services that is filtered, sorted, grouped, walked through by keyboard and acted on. */
export function ServiceBrowser(props: ServiceBrowserProps) {
  const { services, filter: filterText, sort, group, groups, without, onFilter, onSort, onGroup, children } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [order] = useState(() => new ServiceOrder());
  const [selected, setSelected] = useState<string>();
  const filter = useMemo(() => parseServiceFilter(filterText), [filterText]);
  const shown = useMemo(
    () => order.arrange([...services.values()].filter(filter.matches), filterText, sort, browserClock.monotonic()),
    [services, filter, filterText, sort, order],
  );
  const items = useMemo(() => layOutServices(shown, group), [shown, group]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/services/$id", params: { id } }), [navigate]);
  const onPointer = useCallback((isInside: boolean) => order.setPointerInside(isInside), [order]);
  const rows = useMemo(
    () => items.flatMap((item) => (item.is === "service" ? [{ key: item.key, id: item.service.id }] : [])),
    [items],
  );
  useRowKeys({
    rows,
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: togglePickedService,
    onEscape: () => onFilter(""),
  });
  return (
    <>
      <ServiceTools
        filter={filterText}
        wrong={filter.wrong}
        shown={shown.length}
        group={group}
        groups={groups}
        onFilter={onFilter}
        onGroup={onGroup}
      >
        {children}
      </ServiceTools>
      {shown.length === 0 ? (
        <p className="soft">{t("services.nothing")}</p>
      ) : (
        <ServiceList
          items={items}
          without={without}
          selected={selected}
          sort={sort}
          onSort={onSort}
          onOpen={onOpen}
          onPointer={onPointer}
        />
      )}
      <BulkBar services={services} shown={shown} />
    </>
  );
}
