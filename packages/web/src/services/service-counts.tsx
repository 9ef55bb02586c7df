import { ListCounts } from "../components/list-counts.tsx";
import { HealthMark, RunStateMark } from "../components/service-mark.tsx";
import { COUNTED } from "./service-state.ts";
import type { Counted, ServiceCounts as Counts } from "./service-state.ts";

const ALWAYS: readonly Counted[] = ["failed", "unhealthy", "running"];

interface ServiceCountsProps {
  readonly counts: Counts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the services stand, trouble first. */
export const ServiceCounts = (props: ServiceCountsProps) => (
  <ListCounts
    {...props}
    words={COUNTED}
    always={ALWAYS}
    ofTotal="running"
    mark={(word) =>
      word === "unhealthy" || word === "degraded" ? <HealthMark health={word} /> : <RunStateMark state={word} />
    }
    testId="service-count"
  />
);
