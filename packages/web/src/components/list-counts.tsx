import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { splitWords, toggleWord } from "../fleet/filter.ts";
import list from "./list.module.css";

interface ListCountsProps<Word extends string> {
  /** Words of the filter, in the order in which they are shown. */
  readonly words: readonly Word[];
  /** Always in sight; the others appear when there are any. */
  readonly always: readonly Word[];
  readonly counts: Readonly<Record<Word | "total", number>>;
  /** The word beside whose number stands how many there are at all; none where that is said elsewhere. */
  readonly ofTotal?: Word;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
  readonly mark: (word: Word) => ReactNode;
  /** What each is called before its word in test ids; of all of them with an s. */
  readonly testId: string;
}

/** How the things of a list stand, in one line. Each number is a filter. */
export function ListCounts<Word extends string>(props: ListCountsProps<Word>) {
  const { words, always, counts, ofTotal, filter, onFilter, mark, testId } = props;
  const filtered = splitWords(filter);
  return (
    <div className={list.counts} data-testid={`${testId}s`}>
      {words
        .filter((word) => counts[word] > 0 || always.includes(word))
        .map((word) => (
          <UnstyledButton
            key={word}
            className={list.count}
            aria-pressed={filtered.includes(word)}
            data-zero={counts[word] === 0}
            data-testid={`${testId}-${word}`}
            onClick={() => onFilter(toggleWord(filter, word, words))}
          >
            <strong>
              {counts[word]}
              {word === ofTotal && <span className="soft"> / {counts.total}</span>}
            </strong>
            {mark(word)}
          </UnstyledButton>
        ))}
    </div>
  );
}
