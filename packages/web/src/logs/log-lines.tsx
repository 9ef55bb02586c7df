import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { LogView } from "./log-session.ts";
import { LogLine } from "./log-line.tsx";
import styles from "./logs.module.css";

interface LogLinesProps {
  readonly view: LogView;
  readonly labels: readonly string[];
  readonly found: string;
  readonly wrap: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
}

const ROW_HEIGHT = 20;
/** So near its end a list is at its end. */
const END_PIXELS = 24;

/** The lines themselves; only what is in sight is drawn. While it follows, the newest stays in sight. */
export function LogLines({ view, labels, found, wrap, follow, onFollow }: LogLinesProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { items, cutCount } = view;
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => items[index]?.seq ?? index,
    overscan: 30,
  });
  useEffect(() => virtual.measure(), [virtual, wrap]);
  const cut = useRef(cutCount);
  useLayoutEffect(() => {
    const element = scroller.current;
    const gone = cutCount - cut.current;
    cut.current = cutCount;
    // The lines in sight stay where they are when old ones go.
    if (element && !follow && gone > 0) element.scrollTop -= gone * ROW_HEIGHT;
  }, [cutCount, follow]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && follow) element.scrollTop = element.scrollHeight;
  }, [items, follow, wrap]);
  const place = useRef(0);
  return (
    <div
      ref={scroller}
      className={styles.lines}
      data-wrap={wrap}
      data-testid="log-lines"
      data-count={items.length}
      role="log"
      aria-live="off"
      aria-label={t("logs.title")}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        const isAtEnd = scrollHeight - clientHeight - scrollTop < END_PIXELS;
        if (follow && scrollTop < place.current && !isAtEnd) onFollow(false);
        else if (!follow && isAtEnd && scrollTop > place.current) onFollow(true);
        place.current = scrollTop;
      }}
    >
      <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => {
          const entry = items[row.index];
          if (!entry) return null;
          const { source } = entry.item;
          return (
            <div
              key={row.key}
              ref={wrap ? virtual.measureElement : undefined}
              data-index={row.index}
              className={styles.item}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <LogLine
                entry={entry}
                label={labels.length > 1 ? (labels[source] ?? String(source)) : undefined}
                labelColor={source}
                found={found}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
