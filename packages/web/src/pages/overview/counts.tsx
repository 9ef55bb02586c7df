import { UnstyledButton } from "@mantine/core";
import { StateMark } from "../../components/state-mark.tsx";
import { splitWords, toggleWord } from "../../fleet/filter.ts";
import { SERVER_STATES } from "../../fleet/server-state.ts";
import type { FleetCounts } from "../../fleet/server-state.ts";
import list from "../../components/list.module.css";

/** Always in sight; the rarer states appear only when there are any. */
const ALWAYS = ["online", "stale", "offline"] as const;

interface CountsProps {
  readonly counts: FleetCounts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the fleet stands, in one line. Each number is a filter. */
export function Counts({ counts, filter, onFilter }: CountsProps) {
  const words = splitWords(filter);
  const shown = SERVER_STATES.filter((state) => counts[state] > 0 || ALWAYS.some((always) => always === state));
  return (
    <div className={list.counts} data-testid="counts">
      {shown.map((state) => (
        <UnstyledButton
          key={state}
          className={list.count}
          aria-pressed={words.includes(state)}
          data-zero={counts[state] === 0}
          data-testid={`count-${state}`}
          onClick={() => onFilter(toggleWord(filter, state, SERVER_STATES))}
        >
          <strong>
            {counts[state]}
            {state === "online" && <span className="soft"> / {counts.total}</span>}
          </strong>
          <StateMark state={state} />
        </UnstyledButton>
      ))}
    </div>
  );
}
