import { findMetric, HOUR_MS } from "@muster/core";
import type { IncidentMemberView } from "@muster/protocol";
import { Link } from "@tanstack/react-router";
import { formatValue } from "../../charts/value-format.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import styles from "./incident.module.css";

interface MemberListProps {
  /** The first of them, where there are many. */
  readonly members: readonly IncidentMemberView[];
  readonly memberCount: number;
  readonly wrongCount: number;
  readonly isOpen: boolean;
}

/** Each thing that is or was wrong, those that still are first, with the way to where it can be looked at. */
export function MemberList({ members, memberCount, wrongCount, isOpen }: MemberListProps) {
  const say = useAlertTexts();
  const ordered = members.toSorted((a, b) => Number(a.clearedAt !== null) - Number(b.clearedAt !== null));
  return (
    <section className="stack" data-testid="incident-members">
      <div className="row wrap">
        <h2>{say(isOpen ? "page.members" : "page.membersWere")}</h2>
        {memberCount > 1 && (
          <span className="soft" data-testid="member-count">
            {isOpen ? say("page.wrongOf", { wrong: wrongCount, count: memberCount }) : memberCount}
            {members.length < memberCount && ` · ${say("page.firstShown", { count: members.length })}`}
          </span>
        )}
      </div>
      <ul className={styles.members}>
        {ordered.map((member, index) => (
          <Member key={index} member={member} isOpen={isOpen} />
        ))}
      </ul>
    </section>
  );
}

function Member({ member, isOpen }: { readonly member: IncidentMemberView; readonly isOpen: boolean }) {
  const say = useAlertTexts();
  const format = useFormat();
  const { title, severity, since, clearedAt, value, metric } = member;
  const unit = metric === null ? undefined : (findMetric(metric)?.shownUnit ?? "count");
  return (
    <li className={styles.member} data-testid="incident-member" data-well={clearedAt !== null}>
      <SeverityMark severity={severity} word="hidden" />
      <div className="grow">
        <div>
          <ForeignText text={title} />
        </div>
        <div className={styles.small}>
          {value !== null && unit !== undefined && <span>{formatValue(unit, value, format)}</span>}
          <span title={format.dateTime(since)}>
            {say("page.since")} {format.dateTime(since)}
          </span>
          {clearedAt !== null && isOpen && (
            <span className="good" title={format.dateTime(clearedAt)}>
              {say("page.well")}
            </span>
          )}
          <MemberLinks member={member} />
        </div>
      </div>
    </li>
  );
}

function MemberLinks({ member }: { readonly member: IncidentMemberView }) {
  const say = useAlertTexts();
  const { serverId, serviceId, service, probeId, metric, since, clearedAt } = member;
  // An hour on both sides of what went wrong; what is to come is shown when it is there.
  const range = `${since - HOUR_MS}..${(clearedAt ?? since) + HOUR_MS}`;
  return (
    <>
      {serviceId !== null && (
        <Link to="/services/$id" params={{ id: serviceId }}>
          <ForeignText text={service?.name ?? say("silence.services")} />
        </Link>
      )}
      {probeId !== null && (
        <Link to="/probes/$id" params={{ id: probeId }} search={{ range }}>
          {say("page.probe")}
        </Link>
      )}
      {serverId !== null && metric !== null && (
        <Link to="/servers/$id" params={{ id: serverId }} search={{ range }} data-testid="member-history">
          {say("page.history")}
        </Link>
      )}
      {serverId !== null && (
        <Link to="/servers/$id" params={{ id: serverId }}>
          {say("server")}
        </Link>
      )}
    </>
  );
}
