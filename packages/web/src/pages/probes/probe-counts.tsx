import { ListCounts } from "../../components/list-counts.tsx";
import { HealthMark } from "../../components/service-mark.tsx";
import { MaintenanceMark, PausedMark } from "../../probes/probe-marks.tsx";
import { COUNTED, isHealth } from "../../probes/probe-state.ts";
import type { Counted, ProbeCounts as Counts } from "../../probes/probe-state.ts";

const ALWAYS: readonly Counted[] = ["unhealthy", "healthy"];

interface ProbeCountsProps {
  readonly counts: Counts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the probes stand, trouble first. */
export const ProbeCounts = (props: ProbeCountsProps) => (
  <ListCounts
    {...props}
    words={COUNTED}
    always={ALWAYS}
    ofTotal="healthy"
    mark={(word) =>
      isHealth(word) ? <HealthMark health={word} /> : word === "paused" ? <PausedMark /> : <MaintenanceMark />
    }
    testId="probe-count"
  />
);
