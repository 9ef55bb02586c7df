import { ForeignText } from "../components/foreign-text.tsx";
import styles from "./definitions.module.css";
import { lineDiff } from "./line-diff.ts";

const SIGNS = { same: " ", added: "+", removed: "−" } as const;

/** What would change, line by line: signs and colours. */
export function DiffView({ before, after }: { readonly before: string; readonly after: string }) {
  return (
    <pre className={styles.diff} data-testid="definition-diff">
      {lineDiff(before, after).map((line, index) => (
        <div key={index} data-is={line.is}>
          {SIGNS[line.is]} <ForeignText text={line.text} />
        </div>
      ))}
    </pre>
  );
}
