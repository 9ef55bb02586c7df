import { Link } from "@tanstack/react-router";
import { Age } from "../components/age.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import list from "../components/list.module.css";
import { Tags } from "../components/tags.tsx";
import { UNKNOWN } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import { AboutLink } from "./about-link.tsx";
import { HeartbeatBar } from "./heartbeat-bar.tsx";
import { MaintenanceOf, ProbeMark } from "./probe-marks.tsx";
import { certificateTone, daysUntil } from "./probe-state.ts";
import type { Probe } from "./probes-view.ts";
import { shortTime } from "./report-value.ts";
import { TargetText } from "./target-text.tsx";
import { useProbeNaming, useProbeTexts } from "./use-probe-texts.ts";
import styles from "./cells.module.css";

/** The small parts of a row: each a few lines, so they share a file as a table would. */

interface Of {
  readonly probe: Probe;
}

export const HealthCell = ({ probe }: Of) => (
  <span title={probe.detail === "" ? undefined : probe.detail}>
    <ProbeMark probe={probe} />
  </span>
);

export const NameCell = ({ probe }: Of) => (
  <>
    <Link
      to="/probes/$id"
      params={{ id: probe.id }}
      className={list.name}
      title={probe.detail === "" ? probe.name : `${probe.name}\n${probe.detail}`}
      data-testid="probe-link"
    >
      <ForeignText text={probe.name} />
    </Link>{" "}
    <MaintenanceOf probe={probe} word="hidden" />
  </>
);

export function KindCell({ probe }: Of) {
  return <span className="soft">{useProbeNaming().kindTitle(probe.kind)}</span>;
}

export const TargetCell = ({ probe }: Of) => (
  <span className="soft" title={probe.target}>
    <TargetText probe={probe} />
  </span>
);

export const BeatsCell = ({ probe }: Of) => <HeartbeatBar beats={probe.beats} />;

export function TookCell({ probe }: Of) {
  const format = useFormat();
  return probe.tookMs === null ? <span className="soft">{UNKNOWN}</span> : shortTime(probe.tookMs, format);
}

export const CertificateCell = ({ probe }: Of) =>
  probe.certificateUntil !== null && <CertificateEnd probe={probe} until={probe.certificateUntil} />;

function CertificateEnd({ probe, until }: Of & { readonly until: number }) {
  const say = useProbeTexts();
  const format = useFormat();
  const days = daysUntil(until, useHubSecond());
  return (
    <span className={certificateTone(probe, days)} title={say("certificateUntil", { time: format.dateTime(until) })}>
      {days < 0 ? say("expired") : say("daysLeft", { count: days })}
    </span>
  );
}

export function LastCell({ probe }: Of) {
  const say = useProbeTexts();
  const format = useFormat();
  return (
    <span
      title={probe.nextAt === null ? undefined : say("nextLook", { time: format.time(probe.nextAt) })}
      className={styles.last}
    >
      {/* Of one that is paused nothing newer is to be expected. */}
      <Age at={probe.lastAt} intervalMs={probe.state === "paused" ? Infinity : probe.intervalMs} />
    </span>
  );
}

export const AboutCell = ({ probe: { about } }: Of) => about && <AboutLink about={about} className={list.quiet} />;

export const TagsCell = ({ probe }: Of) => (
  <span className={styles.tags}>
    <Tags tags={probe.tags} />
  </span>
);
