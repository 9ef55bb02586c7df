import { Switch } from "@mantine/core";
import { useState } from "react";
import { useObservable } from "../../browser/observable.ts";
import { askForNotices, noticesAbility, noticesChoice } from "../../incidents/desktop-notices.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";

/** Whether the browser tells of new incidents; it is asked for the permission by this press and at no other time. */
export function NoticesSwitch() {
  const say = useAlertTexts();
  const choice = useObservable(noticesChoice);
  const [ability, setAbility] = useState(noticesAbility);
  const isOn = choice === "on" && ability === "allowed";
  const why = ability === "blocked" ? say("notices.blocked") : ability === "absent" ? say("notices.absent") : undefined;
  return (
    <>
      {ability === "blocked" && <span className="soft">{why}</span>}
      <Switch
        size="xs"
        label={say("notices.label")}
        title={why ?? say("notices.hint")}
        checked={isOn}
        disabled={ability === "absent" || (ability === "blocked" && !isOn)}
        onChange={() => {
          if (isOn) return noticesChoice.set("off");
          void askForNotices().then((now) => {
            setAbility(now);
            if (now === "allowed") noticesChoice.set("on");
          });
        }}
        data-testid="incident-notices"
      />
    </>
  );
}
