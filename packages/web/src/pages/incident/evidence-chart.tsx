import type { EvidenceView } from "@muster/protocol";
import { customChart } from "../../charts/chart-spec.ts";
import { formatValue } from "../../charts/value-format.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { sparkPath } from "../../components/spark-path.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { scaleOf } from "./evidence-scale.ts";
import styles from "./incident.module.css";

const WIDTH = 320;
const HEIGHT = 64;

interface EvidenceChartProps {
  readonly series: EvidenceView["series"][number];
  /** When it was looked at: a mark on the time axis. */
  readonly at: number;
}

/** How one number went before the incident opened: a line that does not change any more, with its bounds in words. */
export function EvidenceChart({ series, at }: EvidenceChartProps) {
  const say = useAlertTexts();
  const format = useFormat();
  const { title, metric, from, stepMs, values } = series;
  const { unit } = customChart(metric);
  const { bottom, top, least, most, last } = scaleOf(values, unit);
  const text = (value: number | null): string => formatValue(unit, value, format);
  const until = from + Math.max(1, values.length - 1) * stepMs;
  const markAt = ((Math.min(at, until) - from) / (until - from)) * WIDTH;
  const shares = values.map((value) => (value === null ? null : (value - bottom) / (top - bottom)));
  return (
    <figure className={styles.chart} data-testid="evidence-chart">
      <figcaption className={styles.chartHead}>
        <span className="clip">
          <ForeignText text={title} />
        </span>
        <strong>{text(last)}</strong>
      </figcaption>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say("page.chart", { title, least: text(least), most: text(most), last: text(last) })}
      >
        <line
          x1={markAt}
          x2={markAt}
          y1={0}
          y2={HEIGHT}
          stroke="var(--bad)"
          strokeDasharray="3 3"
          vectorEffect="non-scaling-stroke"
        />
        <path
          d={sparkPath(shares, WIDTH, HEIGHT)}
          fill="none"
          stroke="var(--series-1)"
          strokeWidth={1.5}
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <div className={styles.chartFoot}>
        <span>{format.time(from)}</span>
        <span>
          {text(least)} – {text(most)}
        </span>
        <span>{format.time(until)}</span>
      </div>
    </figure>
  );
}
