import { useRef } from "react";
import { CopyButton } from "./copy-button.tsx";
import { ForeignText } from "./foreign-text.tsx";
import styles from "./output-text.module.css";
import { selectAll } from "./select-all.ts";

/** What a program printed: text and nothing else, no higher than part of a window, to be copied as it is. */
export function OutputText({ text, testId }: { readonly text: string; readonly testId: string }) {
  const output = useRef<HTMLPreElement>(null);
  return (
    <div className={styles.whole}>
      <pre ref={output} className={styles.output} tabIndex={0} data-testid={testId}>
        <ForeignText text={text} />
      </pre>
      <div className={styles.copy}>
        <CopyButton text={text} onSelect={() => selectAll(output.current)} size="compact-xs" />
      </div>
    </div>
  );
}
