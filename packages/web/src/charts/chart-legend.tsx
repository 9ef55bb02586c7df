import { UnstyledButton } from "@mantine/core";
import { ForeignText } from "../components/foreign-text.tsx";
import { seriesColor } from "./chart-colors.ts";
import type { FrameSeries } from "./chart-frame.ts";
import styles from "./chart.module.css";

interface ChartLegendProps {
  readonly series: readonly FrameSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly nameOf: (series: FrameSeries) => string;
  readonly colorOf: (series: FrameSeries, place: number) => number;
  readonly onToggle: (key: string) => void;
  /** Undefined where the period before is not drawn. */
  readonly beforeName: string | undefined;
  readonly past: "shown" | "hidden";
  readonly onPast: (past: "shown" | "hidden") => void;
}

/** Names of the lines; each is a switch. */
export function ChartLegend(props: ChartLegendProps) {
  const { series, hidden, nameOf, colorOf, onToggle, beforeName, past, onPast } = props;
  return (
    <div className={styles.legend}>
      {series.map((one, index) => (
        <UnstyledButton
          key={one.key}
          className={styles.entry}
          aria-pressed={!hidden.has(one.key)}
          onClick={() => onToggle(one.key)}
        >
          <span className={styles.dot} style={{ color: seriesColor(colorOf(one, index)) }} aria-hidden />
          <ForeignText text={nameOf(one)} />
        </UnstyledButton>
      ))}
      {beforeName !== undefined && (
        <UnstyledButton
          className={styles.entry}
          aria-pressed={past === "shown"}
          onClick={() => onPast(past === "shown" ? "hidden" : "shown")}
          data-testid="legend-before"
        >
          <span className={styles.dash} aria-hidden />
          {beforeName}
        </UnstyledButton>
      )}
    </div>
  );
}
