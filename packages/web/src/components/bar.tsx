import { memo } from "react";
import styles from "./bar.module.css";

/** From here on a share deserves a look, and from here on action. */
const WARNING_RATIO = 0.8;
const BAD_RATIO = 0.92;

export const barLevel = (ratio: number): "calm" | "warning" | "bad" =>
  ratio >= BAD_RATIO ? "bad" : ratio >= WARNING_RATIO ? "warning" : "calm";

interface BarProps {
  /** 0 to 1; null where the server does not say. */
  readonly ratio: number | null;
  readonly text: string;
  readonly title?: string;
}

/** A share as a number and a bar. */
export const Bar = memo(function Bar({ ratio, text, title }: BarProps) {
  const width = ratio === null ? 0 : Math.min(1, Math.max(0, ratio));
  return (
    <span className={styles.bar} title={title}>
      <span className={styles.number}>{text}</span>
      <span className={styles.track} aria-hidden>
        <span
          className={`${styles.fill} ${ratio === null ? "" : styles[barLevel(ratio)]}`}
          style={{ transform: `scaleX(${width})` }}
        />
      </span>
    </span>
  );
});
