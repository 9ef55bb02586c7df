import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { CSSProperties, ReactNode } from "react";
import { useObservable } from "../browser/observable.ts";
import { useWidth } from "../browser/use-width.ts";
import { fitColumns, leastWidth, trackOf } from "../fleet/fit-columns.ts";
import type { ColumnLook } from "../fleet/fit-columns.ts";
import { live } from "../live/live.ts";
import list from "./list.module.css";

interface RowListProps<Item, Column extends string> {
  readonly items: readonly Item[];
  /** Of a place in the list; must be the same function each time. */
  readonly keyOf: (item: Item) => string;
  /** Whether what is selected stands in this place. */
  readonly holds: (item: Item, selected: string) => boolean;
  /** In pixels. */
  readonly heightOf: (item: Item) => number;
  readonly look: "table" | "lines" | "tiles";
  readonly looks: Readonly<Record<Column, ColumnLook>>;
  /** Those of a table that are wanted, in their order. */
  readonly columns: readonly Column[];
  readonly selected: string | undefined;
  readonly label: string;
  readonly className: string | undefined;
  readonly testId: string;
  readonly onPointer: (isInside: boolean) => void;
  /** What stands above a table. */
  readonly head: (columns: readonly Column[]) => ReactNode;
  /** What stands in one place, with the columns that there is room for. */
  readonly children: (item: Item, columns: readonly Column[]) => ReactNode;
}

const HEAD_HEIGHT = 32;

/** A long list: a table with as many columns as there is room for, or lines, or tiles. Only what is in sight is drawn. */
export function RowList<Item, Column extends string>(props: RowListProps<Item, Column>) {
  const { items, keyOf, holds, heightOf, look, looks, selected, onPointer } = props;
  const isOpen = useObservable(live.state).is === "open";
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = useMemo(() => {
    const rooms = props.columns.map((id) => ({ id, least: looks[id].least, importance: looks[id].importance }));
    return fitColumns(rooms, width);
  }, [props.columns, looks, width]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(items[index]!),
    // Of another function all places are worked out anew, so that it is another one only with other items.
    getItemKey: useCallback((index: number) => keyOf(items[index]!), [keyOf, items]),
    overscan: 10,
    scrollPaddingStart: look === "table" ? HEAD_HEIGHT : 0,
  });
  useEffect(() => virtual.measure(), [virtual, look]);
  useEffect(() => {
    const index = selected === undefined ? -1 : items.findIndex((item) => holds(item, selected));
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- it follows the selection, not the rows that move under it
  }, [selected]);
  const fitting = columns.map((id) => looks[id]);
  const style = {
    "--tracks": fitting.map(trackOf).join(" "),
    "--least-width": look === "table" ? `${leastWidth(fitting)}px` : "0",
  } as CSSProperties;
  const isTable = look !== "tiles";
  return (
    <div
      ref={scroller}
      role={isTable ? "table" : "group"}
      aria-rowcount={isTable ? items.length + 1 : undefined}
      aria-label={props.label}
      className={`${list.table} ${props.className}`}
      data-live={isOpen}
      data-testid={props.testId}
      style={style}
      tabIndex={-1}
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
    >
      {look === "table" && (
        <div role="row" className={list.head}>
          {props.head(columns)}
        </div>
      )}
      <div className={list.body} style={{ height: virtual.getTotalSize() }} role={isTable ? "rowgroup" : undefined}>
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          return (
            item !== undefined && (
              <div key={row.key} className={list.item} style={{ transform: `translateY(${row.start}px)` }}>
                {props.children(item, columns)}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}
