import styles from "./mark.module.css";

export type Tone = "good" | "warning" | "bad" | "note" | "soft";

export interface WordChoice {
  /** The word is for screen readers only where it stands beside the mark anyway. */
  readonly word?: "shown" | "hidden";
}

interface MarkProps extends WordChoice {
  readonly tone: Tone;
  /** A shape in a square of 16, told apart from others without its colour. */
  readonly path: string;
  readonly text: string;
  readonly value: string;
}

/** How a state looks: colour, shape and word. */
export function Mark({ tone, path, text, value, word = "shown" }: MarkProps) {
  return (
    <span className={`${styles.mark} ${styles[tone]}`} data-state={value} title={text}>
      <svg width={14} height={14} viewBox="0 0 16 16" aria-hidden>
        <path d={path} fill="currentColor" fillRule="evenodd" />
      </svg>
      <span className={word === "hidden" ? styles.hidden : undefined}>{text}</span>
    </span>
  );
}
