import { useCallback, useMemo, useState } from "react";
import { browserClock } from "../browser/clock.ts";
import { hubNow } from "../live/live.ts";
import { RowOrder } from "./row-order.ts";

interface Arranged<Row extends { readonly id: string }> {
  readonly rows: ReadonlyMap<string, Row>;
  readonly filter: { readonly matches: (row: Row, now: number) => boolean };
  /** Must be the same function while the sort is the same. */
  readonly compare: (a: Row, b: Row) => number;
  /** Says for what filter and sort: what the person asks for takes effect at once. */
  readonly madeFor: string;
}

/** The rows that a filter keeps, in an order that live values do not shake, and least of all under the pointer. */
export function useArranged<Row extends { readonly id: string }>({ rows, filter, compare, madeFor }: Arranged<Row>) {
  const [order] = useState(() => new RowOrder<Row>());
  const shown = useMemo(() => {
    const now = hubNow();
    const kept = [...rows.values()].filter((row) => filter.matches(row, now));
    return order.arrange(kept, madeFor, compare, browserClock.monotonic());
  }, [rows, filter, compare, madeFor, order]);
  const onPointer = useCallback((isInside: boolean) => order.setPointerInside(isInside), [order]);
  return { shown, onPointer };
}
