import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { ForeignText } from "../components/foreign-text.tsx";
import { Since } from "../components/since.tsx";
import { IncidentMarks } from "./incident-marks.tsx";
import { compareUrgency, isAbout, worstOf } from "./incident-state.ts";
import type { About } from "./incident-state.ts";
import { useIncidents } from "./incidents.ts";
import styles from "./open-incidents.module.css";
import { SeverityMark } from "./severity-mark.tsx";
import { useAlertTexts } from "./use-alert-texts.ts";

interface OpenIncidentsProps {
  /** Undefined: all of them. */
  readonly about: About;
}

const SHOWN_MAX = 3;

/** What is wrong now, with everything or with one thing: the most urgent few, and the way to the others. Nothing while all is well. */
export function OpenIncidents({ about }: OpenIncidentsProps) {
  const say = useAlertTexts();
  const { incidents } = useIncidents();
  const mine = useMemo(
    () => [...incidents.values()].filter((incident) => isAbout(incident, about)).toSorted(compareUrgency),
    [incidents, about],
  );
  const worst = worstOf(mine);
  if (worst === undefined) return null;
  const others = mine.length - SHOWN_MAX;
  return (
    <section
      className={styles.panel}
      aria-label={say("open", { count: mine.length })}
      data-severity={worst}
      data-testid="open-incidents"
    >
      {about === undefined && (
        <Link to="/incidents" className={styles.count}>
          {say("open", { count: mine.length })}
        </Link>
      )}
      <ul className={styles.list}>
        {mine.slice(0, SHOWN_MAX).map((incident) => (
          <li key={incident.id} className={styles.incident} data-testid="open-incident">
            <SeverityMark severity={incident.severity} />
            <Link to="/incidents/$id" params={{ id: incident.id }} className={styles.title}>
              <ForeignText text={incident.title} />
            </Link>
            <IncidentMarks incident={incident} word="hidden" />
            <span className="soft">
              <Since at={incident.openedAt} />
            </span>
          </li>
        ))}
      </ul>
      {about !== undefined && others > 0 && (
        <Link to="/incidents" className={styles.more}>
          {say("more", { count: others })}
        </Link>
      )}
    </section>
  );
}
