import { memo } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../components/foreign-text.tsx";
import { ansiPieces } from "./ansi.ts";
import type { BufferedItem } from "./log-buffer.ts";
import { PAUSED } from "./log-session.ts";
import styles from "./logs.module.css";
import { sourceColor } from "./source-color.ts";
import { splitFound } from "./split-found.ts";

interface LogLineProps {
  readonly entry: BufferedItem;
  /** What the source is called, where there are several. */
  readonly label: string | undefined;
  /** Plain text that was searched for; empty for none. */
  readonly found: string;
}

/** Severity in a word of four letters at most, which is the same in every language. */
const LEVELS = ["EMRG", "ALRT", "CRIT", "ERR", "WARN", "NOTE", "INFO", "DBG"] as const;
const tone = (level: number | null): "bad" | "warning" | "soft" =>
  level === null || level > 4 ? "soft" : level === 4 ? "warning" : "bad";

/** One line of a log, or what stands where lines are missing. Everything in it is text. */
export const LogLine = memo(function LogLine({ entry: { item }, label, found }: LogLineProps) {
  if ("gap" in item) return <Gap dropped={item.gap.dropped} why={item.gap.why} />;
  const { at, level, text, stream } = item;
  return (
    <div className={styles.line} data-tone={tone(level)} data-testid="log-line">
      <span className={styles.time} title={at === null ? undefined : new Date(at).toISOString()}>
        {at === null ? "" : clockText(at)}
      </span>
      {label !== undefined && (
        <span className={styles.source} style={{ color: sourceColor(item.source) }}>
          <ForeignText text={label} />
        </span>
      )}
      <span className={styles.level}>{level === null ? (stream === "stderr" ? "err" : "") : LEVELS[level]}</span>
      <span className={styles.text}>
        {ansiPieces(text).map((piece, index) => (
          <span key={index} className={`${piece.color ? styles[piece.color] : ""} ${styles[piece.weight] ?? ""}`}>
            {found === "" ? <ForeignText text={piece.text} /> : <Found text={piece.text} found={found} />}
          </span>
        ))}
      </span>
    </div>
  );
});

function Gap({ dropped, why }: { readonly dropped: number | null; readonly why: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.gap} data-testid="log-gap">
      {dropped === null ? t("logs.gap") : t("logs.gapOf", { count: dropped })}{" "}
      <ForeignText text={why === PAUSED ? t("logs.gapPaused") : why} />
    </div>
  );
}

function Found({ text, found }: { readonly text: string; readonly found: string }) {
  return splitFound(text, found).map((part, index) =>
    part.is === "found" ? (
      <mark key={index} className={styles.found}>
        <ForeignText text={part.text} />
      </mark>
    ) : (
      <ForeignText key={index} text={part.text} />
    ),
  );
}

/** The viewer's own time of day with milliseconds; a formatter of the language would be asked for each of many lines. */
function clockText(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
