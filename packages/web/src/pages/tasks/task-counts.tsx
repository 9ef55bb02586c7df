import { ListCounts } from "../../components/list-counts.tsx";
import { OutcomeMark, StandingMark } from "../../tasks/task-marks.tsx";
import { COUNTED } from "../../tasks/task-state.ts";
import type { Counted } from "../../tasks/task-state.ts";

const ALWAYS: readonly Counted[] = ["failed", "planned"];

interface TaskCountsProps {
  readonly counts: Readonly<Record<Counted | "total", number>>;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the tasks stand, those that need somebody first. */
export const TaskCounts = (props: TaskCountsProps) => (
  <ListCounts
    {...props}
    words={COUNTED}
    always={ALWAYS}
    ofTotal="planned"
    mark={(word) => (word === "failed" ? <OutcomeMark outcome="failed" /> : <StandingMark standing={word} />)}
    testId="task-count"
  />
);
