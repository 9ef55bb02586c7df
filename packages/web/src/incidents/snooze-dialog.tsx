import { Button, TextInput } from "@mantine/core";
import { HOUR_MS } from "@muster/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fromLocalInput, toLocalInput } from "../charts/local-input.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { SNOOZE_MS, tomorrowMorning } from "./snooze-choices.ts";
import { useAlertTexts } from "./use-alert-texts.ts";
import { useIncidentActs } from "./use-incident-acts.ts";

interface SnoozeDialogProps {
  readonly ids: readonly string[];
  readonly onClose: () => void;
}

/** Until when nobody is to be told: one press for the usual times, or a time of one's own. */
export function SnoozeDialog({ ids, onClose }: SnoozeDialogProps) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const format = useFormat();
  const acts = useIncidentActs();
  const [custom, setCustom] = useState(() => toLocalInput(Math.ceil(hubNow() / HOUR_MS) * HOUR_MS + HOUR_MS));
  const [told, setTold] = useState<"not yet" | "past">("not yet");
  const until = (instant: number): void =>
    acts.mutate(
      { ids, act: { is: "snooze", until: Math.round(instant) } },
      { onSuccess: ({ failed }) => failed === 0 && onClose() },
    );
  return (
    <Dialog onClose={onClose} title={say("snoozing.title", { count: ids.length })} testId="snooze-dialog">
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const instant = fromLocalInput(custom);
          if (instant === undefined || instant <= hubNow()) setTold("past");
          else until(instant);
        }}
      >
        <div className="soft">{say("snoozing.text")}</div>
        <div className="row wrap">
          {SNOOZE_MS.map((lengthMs, index) => (
            <Button
              key={lengthMs}
              variant="default"
              disabled={acts.isPending}
              {...(index === 0 && { "data-autofocus": true })}
              onClick={() => until(hubNow() + lengthMs)}
              data-testid={`snooze-${lengthMs / 60_000}`}
            >
              {format.span(lengthMs)}
            </Button>
          ))}
          <Button
            variant="default"
            disabled={acts.isPending}
            onClick={() => until(tomorrowMorning(hubNow()))}
            data-testid="snooze-tomorrow"
          >
            {say("snoozing.tomorrow")}
          </Button>
        </div>
        <TextInput
          type="datetime-local"
          label={say("snoozing.custom")}
          value={custom}
          error={told === "past" && say("silence.past")}
          onChange={(event) => {
            setCustom(event.currentTarget.value);
            setTold("not yet");
          }}
          data-testid="snooze-until"
        />
        <ErrorNotice error={acts.error ?? acts.data?.error} />
        <div className="row">
          <Button type="submit" loading={acts.isPending} data-testid="snooze-submit">
            {say("snoozing.customSubmit")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
