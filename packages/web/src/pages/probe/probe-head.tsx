import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Since } from "../../components/since.tsx";
import { Tags } from "../../components/tags.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";
import { CertificateCell, LastCell } from "../../probes/cells.tsx";
import { MaintenanceOf, ProbeMark } from "../../probes/probe-marks.tsx";
import type { Probe } from "../../probes/probes-view.ts";
import { shortTime } from "../../probes/report-value.ts";
import { AboutLink } from "../../probes/about-link.tsx";
import { TargetText } from "../../probes/target-text.tsx";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";

/** Name, health and everything that tells what is looked at, and how. */
export function ProbeHead({ probe }: { readonly probe: Probe }) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const format = useFormat();
  const { via, about, state, kind } = probe;
  const pairs: readonly (readonly [string, ReactNode])[] = [
    [say("target"), <TargetText key="target" probe={probe} />],
    [say("took"), probe.tookMs === null ? null : shortTime(probe.tookMs, format)],
    [say("certificate"), probe.certificateUntil === null ? null : <CertificateCell key="certificate" probe={probe} />],
    [say("lastLook"), <LastCell key="last" probe={probe} />],
    [say("next"), probe.nextAt === null ? null : <Until key="next" at={probe.nextAt} />],
    [say("interval"), say("every", { time: format.span(probe.intervalMs) })],
    [say("limits"), say("limitsText", { rise: probe.rise, fall: probe.fall })],
    [
      say("via"),
      via === null ? (
        // What waits to be called looks from nowhere.
        kind === "passive" ? null : (
          say("viaHub")
        )
      ) : via.name === "" ? (
        <span className="warning">{say("viaGone")}</span>
      ) : (
        <ServerLink key="via" server={via} />
      ),
    ],
    [say("about"), about && <AboutLink key="about" about={about} />],
  ];
  return (
    <header className={detail.head}>
      <div className="row wrap">
        <BackLink to="/probes" label={say("back")} />
        <h1 data-testid="probe-title">
          <ForeignText text={probe.name} />
        </h1>
        <ProbeMark probe={probe} />
        {state === "active" && (
          <span className="soft">
            <Since at={probe.since} />
          </span>
        )}
        <MaintenanceOf probe={probe} />
        <span className="tag">{naming.kindTitle(kind)}</span>
        <Tags tags={probe.tags} />
      </div>
      <div
        className={probe.health === "healthy" || probe.detail === "" ? "soft" : undefined}
        data-testid="probe-detail"
      >
        {state === "paused" ? (
          say("pausedText")
        ) : probe.detail === "" ? (
          probe.lastAt === null && say("neverLooked")
        ) : (
          <ForeignText text={probe.detail} />
        )}
      </div>
      <Facts pairs={pairs} />
    </header>
  );
}

const ServerLink = ({ server }: { readonly server: { readonly serverId: string; readonly name: string } }) => (
  <Link to="/servers/$id" params={{ id: server.serverId }}>
    <ForeignText text={server.name} />
  </Link>
);

/** How long until a moment, counting down by itself. */
function Until({ at }: { readonly at: number }) {
  const say = useProbeTexts();
  const format = useFormat();
  const leftMs = at - useHubSecond();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
      {leftMs < 1_000 ? say("now") : say("inTime", { time: format.duration(leftMs) })}
    </time>
  );
}
