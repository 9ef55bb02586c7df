import { memo } from "react";
import { sparkPath } from "./spark-path.ts";

const WIDTH = 96;
const HEIGHT = 20;

interface SparklineProps {
  readonly values: readonly (number | null)[];
  readonly label: string;
}

/** A line without axes: how a share moved. The full height is 1. */
export const Sparkline = memo(function Sparkline({ values, label }: SparklineProps) {
  return (
    <svg
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path
        d={sparkPath(values, WIDTH, HEIGHT)}
        fill="none"
        stroke="var(--bar)"
        strokeWidth={1.25}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
});
