import type { ProbeBeat } from "@muster/protocol";
import type { PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Format } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import styles from "./heartbeat.module.css";
import { shortTime } from "./report-value.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** As many as the hub keeps. */
const BEATS = 30;
const WORST_FIRST = ["unhealthy", "degraded", "unknown", "healthy"] as const;

interface HeartbeatBarProps {
  readonly beats: readonly ProbeBeat[];
  readonly size?: "row" | "page";
}

/** The last results as bars, told apart by height and gap as well as by colour; pointing at one tells when it was. */
export function HeartbeatBar({ beats, size = "row" }: HeartbeatBarProps) {
  const { t } = useTranslation();
  const say = useProbeTexts();
  const format = useFormat();
  const counts = WORST_FIRST.map((health) => [health, beats.filter((beat) => beat.health === health).length] as const);
  const newest = beats.at(-1);
  const summary =
    newest === undefined
      ? say("beatsNone")
      : say("beatsSummary", {
          count: beats.length,
          parts: counts
            .filter(([, count]) => count > 0)
            .map(([health, count]) => say("beatsPart", { count, health: t(`health.${health}`) }))
            .join(", "),
          newest: t(`health.${newest.health}`),
        });
  // Thirty dates a row would be made for nobody: only the bar under the pointer gets its text.
  const onPointer = ({ target }: PointerEvent): void => {
    if (!(target instanceof HTMLElement) || target.title !== "") return;
    const beat = beats.find(({ at }) => String(at) === target.dataset["at"]);
    if (beat) target.title = beatText(beat, t(`health.${beat.health}`), say("beatNoAnswer"), format);
  };
  return (
    <span
      className={styles.bar}
      data-size={size}
      role="img"
      aria-label={summary}
      onPointerOver={onPointer}
      data-testid="beats"
    >
      {Array.from({ length: BEATS - Math.min(BEATS, beats.length) }, (_, index) => (
        <span key={index} className={styles.beat} />
      ))}
      {beats.slice(-BEATS).map(({ at, health }) => (
        <span key={at} className={styles.beat} data-health={health} data-at={at} />
      ))}
    </span>
  );
}

const beatText = ({ at, tookMs }: ProbeBeat, health: string, noAnswer: string, format: Format): string =>
  [format.dateTime(at), health, tookMs === null ? noAnswer : shortTime(tookMs, format)].join(" · ");
