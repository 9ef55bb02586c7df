import { ActionIcon } from "@mantine/core";
import { IconBell, IconCheck, IconClockPause, IconRotate, IconVolumeOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { useObservable } from "../../browser/observable.ts";
import { errorText } from "../../components/error-text.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import list from "../../components/list.module.css";
import { Since } from "../../components/since.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import { IncidentMarks } from "../../incidents/incident-marks.tsx";
import { isSnoozed } from "../../incidents/incident-state.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { pickedIncidents } from "../../incidents/picked-incidents.ts";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { meantBy } from "../../incidents/silence-draft.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useIncidentActs } from "../../incidents/use-incident-acts.ts";
import { useHubSecond } from "../../live/live.ts";
import styles from "./incidents.module.css";

/** The small parts of a row: each a few lines, so they share a file as a table would. */

interface Of {
  readonly incident: Incident;
}

export function PickCell({ incident: { id, title } }: Of) {
  const say = useAlertTexts();
  const isPicked = useObservable(pickedIncidents).has(id);
  return (
    <input
      type="checkbox"
      className={list.pick}
      aria-label={say("pick", { title })}
      checked={isPicked}
      onChange={() => pickedIncidents.toggle(id)}
      data-testid="incident-pick"
    />
  );
}

export const SeverityCell = ({ incident }: Of) => <SeverityMark severity={incident.severity} />;

export const TitleCell = ({ incident: { id, title, rule } }: Of) => (
  <Link
    to="/incidents/$id"
    params={{ id }}
    className={list.name}
    title={`${title}\n${rule}`}
    data-testid="incident-link"
  >
    <ForeignText text={title} />
  </Link>
);

/** The first of the servers, and how many there are besides. */
export function ServersCell({ incident: { servers } }: Of) {
  const say = useAlertTexts();
  const [first] = servers;
  if (first === undefined) return null;
  return (
    <span title={servers.map(({ name }) => name).join(", ")}>
      <Link to="/servers/$id" params={{ id: first.id }} className={list.quiet}>
        <ForeignText text={first.name} />
      </Link>
      {servers.length > 1 && <span className="soft"> {say("moreServers", { count: servers.length - 1 })}</span>}
    </span>
  );
}

export const SinceCell = ({ incident }: Of) => <Since at={incident.openedAt} />;

export function OpenedCell({ incident }: Of) {
  const format = useFormat();
  return <time dateTime={new Date(incident.openedAt).toISOString()}>{format.dateTime(incident.openedAt)}</time>;
}

export function LastedCell({ incident: { openedAt, resolvedAt } }: Of) {
  const format = useFormat();
  return resolvedAt === null ? <Since at={openedAt} /> : format.duration(resolvedAt - openedAt);
}

export const StateCell = ({ incident }: Of) => (
  <span className={styles.marks}>
    <IncidentMarks incident={incident} />
  </span>
);

const named = (what: string, { title }: Incident): string => `${what}: ${title}`;

/** What can be done to one at once; the others are asked for in a dialog. */
export function ActCell({ incident }: Of) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const mayAct = useRight("incidents.write");
  const acts = useIncidentActs();
  const { id, acknowledged, snoozedUntil } = incident;
  if (!mayAct || incident.state !== "open") return null;
  const error = acts.error ?? acts.data?.error ?? null;
  return (
    <span className={styles.act}>
      <ActionIcon
        aria-label={named(say(acknowledged === null ? "acknowledge" : "takeBack"), incident)}
        title={say(acknowledged === null ? "acknowledge" : "takeBack")}
        disabled={acts.isPending}
        onClick={() => acts.mutate({ ids: [id], act: { is: acknowledged === null ? "acknowledge" : "take-back" } })}
        data-testid="act-acknowledge"
      >
        {acknowledged === null ? <IconCheck size={16} aria-hidden /> : <IconRotate size={16} aria-hidden />}
      </ActionIcon>
      {snoozedUntil === null ? (
        <SnoozeAct incident={incident} />
      ) : (
        <WakeAct
          incident={incident}
          busy={acts.isPending}
          onWake={() => acts.mutate({ ids: [id], act: { is: "snooze", until: null } })}
        />
      )}
      <ActionIcon
        aria-label={named(say("silenceIt"), incident)}
        title={say("silenceIt")}
        onClick={() => askedDialog.set({ is: "silence", meant: meantBy([incident]) })}
        data-testid="act-silence"
      >
        <IconVolumeOff size={16} aria-hidden />
      </ActionIcon>
      {error !== null && (
        <span className="bad clip" role="alert" title={errorText(error, t)}>
          <ForeignText text={errorText(error, t)} />
        </span>
      )}
    </span>
  );
}

function SnoozeAct({ incident }: Of) {
  const say = useAlertTexts();
  return (
    <ActionIcon
      aria-label={named(say("snooze"), incident)}
      title={say("snooze")}
      onClick={() => askedDialog.set({ is: "snooze", ids: [incident.id] })}
      data-testid="act-snooze"
    >
      <IconClockPause size={16} aria-hidden />
    </ActionIcon>
  );
}

/** Wakes one that is put off. The hub keeps the time when that is over, and then it can be put off again. */
function WakeAct({ incident, busy, onWake }: Of & { readonly busy: boolean; readonly onWake: () => void }) {
  const say = useAlertTexts();
  if (!isSnoozed(incident, useHubSecond())) return <SnoozeAct incident={incident} />;
  return (
    <ActionIcon
      aria-label={named(say("wake"), incident)}
      title={say("wake")}
      disabled={busy}
      onClick={onWake}
      data-testid="act-wake"
    >
      <IconBell size={16} aria-hidden />
    </ActionIcon>
  );
}
