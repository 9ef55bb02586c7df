import { Button } from "@mantine/core";
import { IconBell, IconCheck, IconClockPause, IconRotate, IconVolumeOff } from "@tabler/icons-react";
import { useRight } from "../../api/use-right.ts";
import { useHotkey } from "../../browser/use-hotkey.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { askedDialog } from "../../incidents/asked-dialog.ts";
import { isSnoozed } from "../../incidents/incident-state.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { meantBy } from "../../incidents/silence-draft.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useIncidentActs } from "../../incidents/use-incident-acts.ts";
import { useHubSecond } from "../../live/live.ts";

/** What can be done about an incident itself. */
export function IncidentActions({ incident }: { readonly incident: Incident }) {
  const say = useAlertTexts();
  const mayAct = useRight("incidents.write");
  const acts = useIncidentActs();
  const { id, acknowledged, state } = incident;
  const isOpen = state === "open";
  const isPutOff = isSnoozed(incident, useHubSecond());
  const acknowledge = (): void =>
    acts.mutate({ ids: [id], act: { is: acknowledged === null ? "acknowledge" : "take-back" } });
  const snooze = (): void => askedDialog.set({ is: "snooze", ids: [id] });
  // The same keys as in the list.
  useHotkey("a", () => {
    if (mayAct && isOpen) acknowledge();
  });
  useHotkey("s", () => {
    if (mayAct && isOpen) snooze();
  });
  if (!mayAct) return null;
  return (
    <div className={detail.actions} data-testid="incident-actions">
      <div className="row wrap">
        {isOpen && (
          <>
            <Button
              variant={acknowledged === null ? "filled" : "default"}
              leftSection={
                acknowledged === null ? <IconCheck size={14} aria-hidden /> : <IconRotate size={14} aria-hidden />
              }
              loading={acts.isPending}
              onClick={acknowledge}
              data-testid="incident-acknowledge"
            >
              {say(acknowledged === null ? "acknowledge" : "takeBack")}
            </Button>
            <Button
              variant="default"
              leftSection={<IconClockPause size={14} aria-hidden />}
              onClick={snooze}
              data-testid="incident-snooze"
            >
              {say("snooze")}
            </Button>
            {isPutOff && (
              <Button
                variant="default"
                leftSection={<IconBell size={14} aria-hidden />}
                disabled={acts.isPending}
                onClick={() => acts.mutate({ ids: [id], act: { is: "snooze", until: null } })}
                data-testid="incident-wake"
              >
                {say("wake")}
              </Button>
            )}
          </>
        )}
        <Button
          variant="default"
          leftSection={<IconVolumeOff size={14} aria-hidden />}
          onClick={() => askedDialog.set({ is: "silence", meant: meantBy([incident]) })}
          data-testid="incident-silence"
        >
          {say("silenceIt")}
        </Button>
      </div>
      <ErrorNotice error={acts.error ?? acts.data?.error} />
    </div>
  );
}
