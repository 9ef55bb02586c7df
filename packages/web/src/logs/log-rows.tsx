import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useState } from "react";
import type { RefObject } from "react";
import type { BufferedItem } from "./log-buffer.ts";
import { LogLine } from "./log-line.tsx";
import styles from "./logs.module.css";

export const ROW_HEIGHT = 20;
/** Lines drawn beyond what is in sight, so that a slow turn of the wheel shows no hole. */
const OVERSCAN = 10;

export interface LogRowsProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly items: readonly BufferedItem[];
  readonly labels: readonly string[];
  readonly found: string;
}

const drawLine = (entry: BufferedItem, labels: readonly string[], found: string) => {
  const { source } = entry.item;
  const label = labels.length > 1 ? (labels[source] ?? String(source)) : undefined;
  return <LogLine key={entry.seq} entry={entry} label={label} found={found} />;
};

/** Lines of one height: which are in sight is arithmetic, however many there are. */
export function FixedRows({ scroller, items, labels, found }: LogRowsProps) {
  const [sight, setSight] = useState({ first: 0, count: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (): void => {
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - OVERSCAN);
      const count = Math.ceil(element.clientHeight / ROW_HEIGHT) + 2 * OVERSCAN;
      setSight((before) => (before.first === first && before.count === count ? before : { first, count }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller]);
  const first = Math.min(sight.first, Math.max(0, items.length - sight.count));
  return (
    <div className={styles.body} style={{ height: items.length * ROW_HEIGHT }}>
      <div className={styles.item} style={{ transform: `translateY(${first * ROW_HEIGHT}px)` }}>
        {items.slice(first, first + sight.count).map((entry) => drawLine(entry, labels, found))}
      </div>
    </div>
  );
}

/** Lines that are as high as their text needs. */
export function WrappedRows({ scroller, items, labels, found }: LogRowsProps) {
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => items[index]?.seq ?? index,
    overscan: OVERSCAN,
  });
  return (
    <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((row) => {
        const entry = items[row.index];
        if (!entry) return null;
        return (
          <div
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            className={styles.item}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {drawLine(entry, labels, found)}
          </div>
        );
      })}
    </div>
  );
}
