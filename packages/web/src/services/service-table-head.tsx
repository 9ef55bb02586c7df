import { useTranslation } from "react-i18next";
import { useObservable } from "../browser/observable.ts";
import { SERVICE_COLUMNS } from "./columns.tsx";
import type { ServiceColumnId } from "./columns.tsx";
import type { ServiceItem } from "./layout.ts";
import type { ServiceSort, ServiceSortKey } from "./order.ts";
import { pickedServices } from "./picked-services.ts";
import { ColumnHead } from "../components/column-head.tsx";
import list from "../components/list.module.css";

/** Picks every service that the filter leaves, or lets go of them. */
function PickAll({ items }: { readonly items: readonly ServiceItem[] }) {
  const { t } = useTranslation();
  const picked = useObservable(pickedServices);
  const ids = items.flatMap((item) => (item.is === "service" ? [item.key] : []));
  return (
    <input
      type="checkbox"
      className={list.pick}
      aria-label={t("services.pickAll")}
      checked={ids.length > 0 && ids.every((id) => picked.has(id))}
      onChange={() => pickedServices.toggleAll(ids)}
      data-testid="service-pick-all"
    />
  );
}

interface ServiceTableHeadProps {
  readonly columns: readonly ServiceColumnId[];
  readonly items: readonly ServiceItem[];
  readonly sort: ServiceSort;
  readonly onSort: (sort: ServiceSort) => void;
}

/** Text and trouble sort from the first, numbers from the largest. */
const NUMBERS: readonly ServiceSortKey[] = ["cpu", "memory", "frameRate", "bitRate", "restarts"];
const startsDescending = (key: ServiceSortKey): boolean => NUMBERS.includes(key);

/** The head of the table: what is sorted by, and the box that picks all. */
export function ServiceTableHead({ columns, items, sort, onSort }: ServiceTableHeadProps) {
  const { t } = useTranslation();
  return columns.map((id) => {
    const { sort: sortKey, unit, align } = SERVICE_COLUMNS[id];
    return id === "pick" ? (
      <div key={id} role="columnheader">
        <PickAll items={items} />
      </div>
    ) : (
      <ColumnHead
        key={id}
        name={t(`serviceColumn.${id}`)}
        startsDescending={startsDescending}
        testId="service-sort"
        {...{ unit, align, sortKey, sort, onSort }}
      />
    );
  });
}
