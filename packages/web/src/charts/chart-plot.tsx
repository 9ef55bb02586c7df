import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ReactNode, RefObject } from "react";
import { useTranslation } from "react-i18next";
import "uplot/dist/uPlot.min.css";
import { errorText } from "../components/error-text.ts";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { useColorScheme } from "../theme/color-scheme.ts";
import { joinFrame } from "./chart-frame.ts";
import type { FrameSeries, Owner } from "./chart-frame.ts";
import { ChartLegend } from "./chart-legend.tsx";
import { requestSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";
import type { ChartSpec } from "./chart-spec.ts";
import styles from "./chart.module.css";
import { withPeriodBefore } from "./period-before.ts";
import { PlotController } from "./plot-controller.ts";
import { resolutionOf } from "./resolution.ts";
import { ResolutionNote } from "./resolution-note.tsx";
import type { ServerWatch } from "./server-watch.ts";
import { useBeforeName } from "./use-before-name.ts";
import { useChartTexts } from "./use-chart-texts.ts";
import type { StoredHistory } from "./use-history.ts";

/** A hole shorter than so many intervals or steps is jitter. */
const GAP_INTERVALS = 3.5;
const HEIGHT = 180;

/** What a drag and a double click over a chart do to the range. */
export interface Zoom {
  readonly onZoom: (from: number, to: number) => void;
  readonly onBack: () => void;
}

interface ChartPlotProps {
  readonly spec: ChartSpec;
  readonly title: string;
  /** Where the canvas goes; whoever asks for the history watches whether it is in sight. */
  readonly target: RefObject<HTMLDivElement | null>;
  readonly seen: boolean;
  readonly history: StoredHistory;
  readonly before?: StoredHistory | undefined;
  readonly owner: Owner;
  /** Where newer readings come from, if anywhere. */
  readonly watch?: ServerWatch | undefined;
  readonly range: ChartRange;
  readonly intervalMs: number;
  readonly finestMs: number;
  readonly top: number | undefined;
  readonly nameOf: (series: FrameSeries) => string;
  readonly colorOf: (series: FrameSeries, place: number) => number;
  readonly legend: "always" | "where-several" | "never";
  readonly zoom: Zoom;
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  readonly height?: number;
  readonly menu?: ReactNode;
}

/** One chart: its name, its series, and the canvas, which it keeps in step with what is stored and what comes live. */
export function ChartPlot(props: ChartPlotProps) {
  const { spec, title, target, seen, history, before, owner, watch, range, intervalMs, top, nameOf, colorOf } = props;
  const { zoom, syncKey, height = HEIGHT } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const scheme = useColorScheme();
  const texts = useChartTexts();
  const beforeName = useBeforeName(range);
  const [series, setSeries] = useState<readonly FrameSeries[]>([]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [pastLook, setPastLook] = useState<"shown" | "hidden">("shown");
  const controller = useRef<PlotController>(undefined);
  const stored = history.answer;
  const past = before?.answer;
  const pastShiftMs = before?.shiftMs ?? 0;
  const resolutionMs = resolutionOf(stored, past);
  const stepMs = stored?.stepMs ?? requestSpan(range, props.finestMs, 0).stepMs;
  const gapMs = GAP_INTERVALS * Math.max(stepMs, intervalMs, resolutionMs ?? 0);

  const draw = useCallback(() => {
    const plot = controller.current;
    if (!plot) return;
    const isLive = range.is === "live";
    const present = joinFrame(spec.members, stored, isLive ? watch?.ring : undefined, gapMs, owner);
    const newest = present.times.at(-1);
    const frame = past ? withPeriodBefore(present, past, pastShiftMs, spec.members, owner) : present;
    const to = isLive ? Math.max(hubNow(), newest ?? 0) : range.to;
    plot.draw(frame, { from: isLive ? to - range.lengthMs : range.from, to, gapMs, newestAt: newest });
    setSeries((known) => (sameLegend(known, frame.series) ? known : frame.series));
  }, [spec, stored, past, pastShiftMs, range, gapMs, watch, owner]);

  useLayoutEffect(() => {
    const element = target.current;
    if (!element) return;
    const { unit, stacked, filled } = spec;
    const look = { unit, stacked, filled, top, height, format, nameOf, colorOf, beforeName, syncKey };
    const made = new PlotController(element, { ...look, onZoom: zoom.onZoom, onBack: zoom.onBack });
    controller.current = made;
    const observer = new ResizeObserver(() => made.resize(element.clientWidth));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      controller.current = undefined;
    };
  }, [target, spec, top, height, format, nameOf, colorOf, beforeName, syncKey, zoom, scheme]);

  useEffect(() => {
    controller.current?.hide(hidden, pastLook);
    if (!seen) return;
    draw();
    return range.is === "live" ? watch?.onReading(draw) : undefined;
  }, [
    seen,
    draw,
    watch,
    range,
    hidden,
    pastLook,
    top,
    height,
    format,
    nameOf,
    colorOf,
    beforeName,
    syncKey,
    zoom,
    scheme,
  ]);

  const toggle = (key: string): void => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
  };
  const withNames =
    props.legend === "always" || (props.legend === "where-several" && (series.length > 1 || spec.members.length > 1));
  return (
    <section className={styles.card} data-testid="chart" data-chart={spec.id}>
      <div className={styles.head}>
        <h3 className={styles.title} style={{ margin: 0 }}>
          {title}
        </h3>
        <ChartLegend
          series={withNames ? series : []}
          hidden={hidden}
          nameOf={nameOf}
          colorOf={colorOf}
          onToggle={toggle}
          beforeName={before && series.some((one) => one.before) ? beforeName : undefined}
          past={pastLook}
          onPast={setPastLook}
        />
        <div className={styles.side}>
          {history.state === "older" && <span className={`soft ${styles.loading}`}>{t("chart.loading")}</span>}
          <ResolutionNote resolutionMs={resolutionMs} />
          {props.menu}
        </div>
      </div>
      <div
        ref={target}
        className={styles.plot}
        style={{ height }}
        data-testid={`plot-${spec.id}`}
        data-state={history.state}
        data-step={stored?.stepMs}
      >
        {seen && history.state === "shown" && series.length === 0 && (
          <div className={styles.empty}>{history.error ? errorText(history.error, t) : texts.noReadings}</div>
        )}
      </div>
    </section>
  );
}

const sameLegend = (a: readonly FrameSeries[], b: readonly FrameSeries[]): boolean =>
  a.length === b.length &&
  a.every((one, index) => one.key === b[index]?.key && (one.before === undefined) === (b[index].before === undefined));
