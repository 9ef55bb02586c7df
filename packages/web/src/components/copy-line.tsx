import { useRef } from "react";
import { CopyButton } from "./copy-button.tsx";
import styles from "./copy-line.module.css";
import { selectAll } from "./select-all.ts";

/** A line to take elsewhere, with a button that copies it. Without a clipboard (plain HTTP) it selects the line. */
export function CopyLine({ text, testId }: { readonly text: string; readonly testId: string }) {
  const line = useRef<HTMLElement>(null);
  return (
    <div className={styles.line}>
      <code ref={line} className={styles.text} data-testid={testId}>
        {text}
      </code>
      <CopyButton text={text} onSelect={() => selectAll(line.current)} />
    </div>
  );
}
