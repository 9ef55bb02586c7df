import type { RouteAnswer } from "@muster/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useRight } from "../../api/use-right.ts";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { Mark } from "../../components/mark.tsx";
import { Since } from "../../components/since.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { IncidentMarks } from "../../incidents/incident-marks.tsx";
import { isSnoozed } from "../../incidents/incident-state.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { placeName } from "../../incidents/place-name.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useHubSecond } from "../../live/live.ts";

const TICK = "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z";

interface IncidentHeadProps {
  readonly incident: Incident;
  readonly holds: RouteAnswer<"GET /api/v1/incidents/{id}">["holds"];
}

/** What it is, how bad, since when, where, and who has it. */
export function IncidentHead({ incident, holds }: IncidentHeadProps) {
  const say = useAlertTexts();
  const format = useFormat();
  const mayReadRules = useRight("rules.read");
  const now = useHubSecond();
  const { rule, ruleId, openedAt, resolvedAt, servers, acknowledged, snoozedUntil } = incident;
  const pairs: readonly (readonly [string, ReactNode])[] = [
    [
      say("page.rule"),
      mayReadRules ? (
        <Link key="rule" to="/rules/$id" params={{ id: ruleId }}>
          <ForeignText text={rule} />
        </Link>
      ) : (
        <ForeignText key="rule" text={rule} />
      ),
    ],
    [say("page.openedAt"), format.dateTime(openedAt)],
    [say("page.resolvedAt"), resolvedAt === null ? null : format.dateTime(resolvedAt)],
    [
      say(resolvedAt === null ? "column.since" : "page.lasted"),
      resolvedAt === null ? <Since key="lasted" at={openedAt} /> : format.duration(resolvedAt - openedAt),
    ],
    [
      say("page.servers"),
      servers.length === 0
        ? null
        : servers.map(({ id, name }, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <Link to="/servers/$id" params={{ id }}>
                <ForeignText text={name} />
              </Link>
            </span>
          )),
    ],
  ];
  return (
    <header className={detail.head}>
      <div className="row wrap">
        <BackLink to="/incidents" label={say("page.back")} />
        <h1 data-testid="incident-title">
          <ForeignText text={incident.title} />
        </h1>
        <SeverityMark severity={incident.severity} />
        {incident.state === "resolved" && <Mark tone="good" path={TICK} text={say("resolved")} value="resolved" />}
        <IncidentMarks incident={incident} />
      </div>
      {incident.state === "open" && (
        <>
          {acknowledged !== null && (
            <div className="soft">
              <ForeignText
                text={say("acknowledgedBy", { name: acknowledged.by, time: format.dateTime(acknowledged.at) })}
              />
            </div>
          )}
          {snoozedUntil !== null && isSnoozed(incident, now) && (
            <div className="soft">{say("snoozedUntil", { time: format.dateTime(snoozedUntil) })}</div>
          )}
          {incident.isHeld && <div className="soft">{say("heldHint")}</div>}
          {incident.heldBehind !== null && (
            <div className="soft">
              <ForeignText text={say("behindHint", { name: placeName(incident.heldBehind, say) })} />
            </div>
          )}
          {holds.count > 0 && (
            <div className="soft" data-testid="incident-holds">
              <ForeignText
                text={say("holds", { count: holds.count, names: holds.places.map(({ name }) => name).join(", ") })}
              />
            </div>
          )}
        </>
      )}
      <Facts pairs={pairs} />
    </header>
  );
}
