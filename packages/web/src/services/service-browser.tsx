import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatSort, parseServiceSort } from "../app/search.ts";
import type { ServiceSearch } from "../app/search.ts";
import { useChangeSearch } from "../app/use-change-search.ts";
import { useRowKeys } from "../components/use-row-keys.ts";
import { useArranged } from "../fleet/use-arranged.ts";
import { BulkBar } from "./bulk-bar.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import { parseServiceFilter } from "./filter.ts";
import { layOutServices } from "./layout.ts";
import type { ServiceGroup } from "./layout.ts";
import { compareServices } from "./order.ts";
import { pickedServices } from "./picked-services.ts";
import { ServiceList } from "./service-list.tsx";
import { ServiceTools } from "./service-tools.tsx";
import type { Service } from "./services-view.ts";

interface ServiceBrowserProps {
  readonly services: ReadonlyMap<string, Service>;
  /** What the address says; it is changed there. */
  readonly search: ServiceSearch;
  readonly groups: readonly ServiceGroup[];
  readonly without: readonly ServiceColumnId[];
  readonly children?: ReactNode;
}

/** A list of services that is filtered, sorted, grouped, walked through by keyboard and acted on. */
export function ServiceBrowser({ services, search, groups, without, children }: ServiceBrowserProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = useChangeSearch<ServiceSearch>();
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const [selected, setSelected] = useState<string>();
  const { q: filterText = "", sort: sortText } = search;
  const group = groups.find((one) => one === search.group);
  const filter = useMemo(() => parseServiceFilter(filterText), [filterText]);
  const sort = useMemo(() => parseServiceSort(sortText), [sortText]);
  const compare = useMemo(() => compareServices(sort), [sort]);
  const madeFor = `${filterText}\n${sortText}`;
  const { shown, onPointer } = useArranged({ rows: services, filter, compare, madeFor });
  const items = useMemo(() => layOutServices(shown, group), [shown, group]);
  const onOpen = useCallback((id: string) => void navigate({ to: "/services/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => items.flatMap((item) => (item.is === "service" ? [{ key: item.key, id: item.service.id }] : [])),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: (id) => pickedServices.toggle(id),
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
        onGroup={(next) => change({ group: next })}
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
          onSort={(next) => change({ sort: formatSort(next) })}
          onOpen={onOpen}
          onPointer={onPointer}
        />
      )}
      <BulkBar services={services} shown={shown} />
    </>
  );
}
