import { UnstyledButton } from "@mantine/core";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "uplot/dist/uPlot.min.css";
import { errorText } from "../components/error-text.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { useColorScheme } from "../theme/color-scheme.ts";
import { joinFrame } from "./chart-frame.ts";
import type { FrameSeries } from "./chart-frame.ts";
import { seriesColor } from "./chart-colors.ts";
import type { ChartRange } from "./chart-range.ts";
import { requestSpan } from "./chart-range.ts";
import type { ChartSpec } from "./chart-spec.ts";
import styles from "./chart.module.css";
import { PlotController } from "./plot-controller.ts";
import type { ServerWatch } from "./server-watch.ts";
import { useChartTexts } from "./use-chart-texts.ts";
import { useHistory } from "./use-history.ts";
import { useInView } from "./use-in-view.ts";

const HEIGHT = 180;
/** A hole shorter than so many intervals or steps is jitter. */
const GAP_INTERVALS = 3.5;

interface ChartCardProps {
  readonly spec: ChartSpec;
  readonly serverId: string;
  readonly watch: ServerWatch;
  readonly range: ChartRange;
  readonly intervalMs: number;
  /** Where the axis ends, if that is known. */
  readonly top: number | undefined;
  readonly onZoom: (from: number, to: number) => void;
}

/** One chart: its name, its series, and the canvas. It asks and draws only while it is in sight. */
export function ChartCard({ spec, serverId, watch, range, top, onZoom, ...props }: ChartCardProps) {
  const intervalMs = Math.max(props.intervalMs, spec.everyMs);
  // A closer look may find the readings of a second that were taken while somebody watched.
  const finestMs = range.is === "fixed" ? Math.max(1_000, spec.everyMs) : intervalMs;
  const { t } = useTranslation();
  const format = useFormat();
  const scheme = useColorScheme();
  const texts = useChartTexts();
  const target = useRef<HTMLDivElement>(null);
  const seen = useInView(target);
  const { histories, loading, error } = useHistory(serverId, spec, range, finestMs, seen);
  const [series, setSeries] = useState<readonly FrameSeries[]>([]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const controller = useRef<PlotController>(undefined);
  const stepMs = histories[0]?.stepMs ?? requestSpan(range, finestMs, 0).stepMs;
  const gapMs = GAP_INTERVALS * Math.max(stepMs, intervalMs);
  const nameOf = useMemo(() => texts.seriesNamer(spec), [texts, spec]);

  const draw = useCallback(() => {
    const plot = controller.current;
    if (!plot) return;
    const isLive = range.is === "live";
    const frame = joinFrame(spec.members, histories, isLive ? watch.ring : undefined, gapMs);
    const to = isLive ? Math.max(hubNow(), frame.times.at(-1) ?? 0) : range.to;
    plot.draw(frame, isLive ? to - range.lengthMs : range.from, to);
    setSeries((before) => (sameKeys(before, frame.series) ? before : frame.series));
  }, [spec, histories, range, gapMs, watch]);

  useLayoutEffect(() => {
    const element = target.current;
    if (!element) return;
    const { unit, stacked, filled } = spec;
    const made = new PlotController(element, {
      unit,
      stacked,
      filled,
      top,
      gapMs,
      format,
      nameOf,
      onZoom,
      height: HEIGHT,
      syncKey: serverId,
    });
    controller.current = made;
    const observer = new ResizeObserver(() => made.resize(element.clientWidth));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      controller.current = undefined;
    };
  }, [spec, top, gapMs, format, nameOf, onZoom, serverId, scheme]);

  useEffect(() => {
    controller.current?.hide(hidden);
    if (!seen) return;
    draw();
    return range.is === "live" ? watch.onReading(draw) : undefined;
  }, [seen, draw, watch, range, hidden, top, format, nameOf, scheme]);

  const toggle = (key: string): void => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
  };
  const empty = !loading && series.length === 0;
  return (
    <section className={styles.card} data-testid="chart" data-chart={spec.id}>
      <div className={styles.head}>
        <h3 className={styles.title} style={{ margin: 0 }}>
          {texts.chartTitle(spec)}
        </h3>
        <div className={styles.legend}>
          {(series.length > 1 || spec.members.length > 1) &&
            series.map((one, index) => (
              <UnstyledButton
                key={one.key}
                className={styles.entry}
                aria-pressed={!hidden.has(one.key)}
                onClick={() => toggle(one.key)}
              >
                <span className={styles.dot} style={{ background: seriesColor(index) }} aria-hidden />
                <ForeignText text={nameOf(one.metric, one.labels)} />
              </UnstyledButton>
            ))}
        </div>
      </div>
      <div ref={target} className={styles.plot} style={{ height: HEIGHT }} data-testid={`plot-${spec.id}`}>
        {empty && <div className={styles.empty}>{error ? errorText(error, t) : texts.noReadings}</div>}
      </div>
    </section>
  );
}

const sameKeys = (a: readonly FrameSeries[], b: readonly FrameSeries[]): boolean =>
  a.length === b.length && a.every((one, index) => one.key === b[index]?.key);
