import { Button, CloseButton } from "@mantine/core";
import { IconCheck, IconClockPause, IconVolumeOff } from "@tabler/icons-react";
import { useObservable } from "../../browser/observable.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import bar from "../../components/bulk-bar.module.css";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { pickedIncidents } from "../../incidents/picked-incidents.ts";
import { meantBy } from "../../incidents/silence-draft.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useIncidentActs } from "../../incidents/use-incident-acts.ts";

/** What can be done to all that is picked, where the thumb is. Nothing while nothing is picked. */
export function BulkBar({ incidents }: { readonly incidents: ReadonlyMap<string, Incident> }) {
  const say = useAlertTexts();
  const picked = useObservable(pickedIncidents);
  const acts = useIncidentActs();
  const targets = [...picked].flatMap((id) => incidents.get(id) ?? []);
  if (targets.length === 0) return null;
  const ids = targets.map(({ id }) => id);
  const isAllTaken = targets.every(({ acknowledged }) => acknowledged !== null);
  const failed = acts.data?.failed ?? 0;
  return (
    <div className={bar.bulk} role="toolbar" aria-label={say("bulk.label")} data-testid="incident-bulk">
      <strong>{say("bulk.picked", { count: targets.length })}</strong>
      <span className="grow" />
      <Button
        variant="default"
        leftSection={<IconCheck size={14} aria-hidden />}
        loading={acts.isPending}
        onClick={() => acts.mutate({ ids, act: { is: isAllTaken ? "take-back" : "acknowledge" } })}
        data-testid="bulk-acknowledge"
      >
        {say(isAllTaken ? "takeBack" : "acknowledge")}
      </Button>
      <Button
        variant="default"
        leftSection={<IconClockPause size={14} aria-hidden />}
        onClick={() => askedDialog.set({ is: "snooze", ids })}
        data-testid="bulk-snooze"
      >
        {say("snooze")}
      </Button>
      <Button
        variant="default"
        leftSection={<IconVolumeOff size={14} aria-hidden />}
        onClick={() => askedDialog.set({ is: "silence", meant: meantBy(targets) })}
        data-testid="bulk-silence"
      >
        {say("silenceIt")}
      </Button>
      <CloseButton aria-label={say("bulk.clear")} onClick={() => pickedIncidents.clear()} data-testid="bulk-clear" />
      {failed > 0 && (
        <div className="row wrap">
          <span className="bad">{say("bulk.failed", { count: failed })}</span>
          <ErrorNotice error={acts.data?.error} />
        </div>
      )}
    </div>
  );
}
