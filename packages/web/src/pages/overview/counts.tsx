import { ListCounts } from "../../components/list-counts.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { SERVER_STATES } from "../../fleet/server-state.ts";
import type { FleetCounts, ServerStateName } from "../../fleet/server-state.ts";

const ALWAYS: readonly ServerStateName[] = ["online", "stale", "offline"];

interface CountsProps {
  readonly counts: FleetCounts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the fleet stands. */
export const Counts = (props: CountsProps) => (
  <ListCounts
    {...props}
    words={SERVER_STATES}
    always={ALWAYS}
    ofTotal="online"
    mark={(state) => <StateMark state={state} />}
    testId="count"
  />
);
