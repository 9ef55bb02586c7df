import { useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { FixedRows, ROW_HEIGHT, WrappedRows } from "./log-rows.tsx";
import type { LogView } from "./log-session.ts";
import styles from "./logs.module.css";

interface LogLinesProps {
  readonly view: LogView;
  readonly labels: readonly string[];
  readonly found: string;
  readonly wrap: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
}

/** So near its end a list is at its end. */
const END_PIXELS = 24;

/** The lines themselves; only what is in sight is drawn. While it follows, the newest stays in sight. */
export function LogLines({ view, labels, found, wrap, follow, onFollow }: LogLinesProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { items, cutCount } = view;
  const cut = useRef(cutCount);
  const place = useRef(0);
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
  const rows = { scroller, items, labels, found };
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
      {wrap ? <WrappedRows {...rows} /> : <FixedRows {...rows} />}
    </div>
  );
}
