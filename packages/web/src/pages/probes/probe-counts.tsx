import { UnstyledButton } from "@mantine/core";
import list from "../../components/list.module.css";
import { HealthMark } from "../../components/service-mark.tsx";
import { splitWords, toggleWord } from "../../fleet/filter.ts";
import { COUNTED, isHealth } from "../../probes/probe-state.ts";
import type { Counted, ProbeCounts as Counts } from "../../probes/probe-state.ts";
import { MaintenanceMark, PausedMark } from "../../probes/probe-marks.tsx";
import styles from "../../probes/probes.module.css";

/** Always in sight; the others appear when there are any. */
const ALWAYS: readonly Counted[] = ["unhealthy", "healthy"];

interface ProbeCountsProps {
  readonly counts: Counts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the probes stand, in one line, trouble first. Each number is a filter. */
export function ProbeCounts({ counts, filter, onFilter }: ProbeCountsProps) {
  const words = splitWords(filter);
  return (
    <div className={`${list.counts} ${styles.counts}`} data-testid="probe-counts">
      {COUNTED.filter((word) => counts[word] > 0 || ALWAYS.includes(word)).map((word) => (
        <UnstyledButton
          key={word}
          className={list.count}
          aria-pressed={words.includes(word)}
          data-zero={counts[word] === 0}
          data-testid={`probe-count-${word}`}
          onClick={() => onFilter(toggleWord(filter, word, COUNTED))}
        >
          <strong>
            {counts[word]}
            {word === "healthy" && <span className="soft"> / {counts.total}</span>}
          </strong>
          {isHealth(word) ? <HealthMark health={word} /> : word === "paused" ? <PausedMark /> : <MaintenanceMark />}
        </UnstyledButton>
      ))}
    </div>
  );
}
