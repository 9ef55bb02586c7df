import { UnstyledButton } from "@mantine/core";
import { HealthMark, RunStateMark } from "../components/service-mark.tsx";
import { splitWords, toggleWord } from "../fleet/filter.ts";
import { COUNTED } from "./service-state.ts";
import type { Counted, ServiceCounts as Counts } from "./service-state.ts";
import list from "../components/list.module.css";
import styles from "./services.module.css";

/** Always in sight; the others appear when there are any. */
const ALWAYS: readonly Counted[] = ["failed", "unhealthy", "running"];

interface ServiceCountsProps {
  readonly counts: Counts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** How the services stand, in one line, trouble first. Each number is a filter. */
export function ServiceCounts({ counts, filter, onFilter }: ServiceCountsProps) {
  const words = splitWords(filter);
  return (
    <div className={`${list.counts} ${styles.counts}`} data-testid="service-counts">
      {COUNTED.filter((word) => counts[word] > 0 || ALWAYS.includes(word)).map((word) => (
        <UnstyledButton
          key={word}
          className={list.count}
          aria-pressed={words.includes(word)}
          data-zero={counts[word] === 0}
          data-testid={`service-count-${word}`}
          onClick={() => onFilter(toggleWord(filter, word, COUNTED))}
        >
          <strong>
            {counts[word]}
            {word === "running" && <span className="soft"> / {counts.total}</span>}
          </strong>
          {word === "unhealthy" || word === "degraded" ? <HealthMark health={word} /> : <RunStateMark state={word} />}
        </UnstyledButton>
      ))}
    </div>
  );
}
