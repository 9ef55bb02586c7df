import { useState } from "react";
import type { ReactNode } from "react";
import styles from "./folded.module.css";

interface FoldedProps {
  readonly title: string;
  /** Whether something in it is wrong: then it is open. */
  readonly isWrong: boolean;
  readonly testId: string;
  readonly children: ReactNode;
}

/** A part of a form that hardly anybody needs. What opened it, it does not close while somebody mends what was wrong. */
export function Folded({ title, isWrong, testId, children }: FoldedProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.folded} open={open || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary data-testid={testId}>{title}</summary>
      <div className={styles.inside}>{children}</div>
    </details>
  );
}
