import { Mark } from "../components/mark.tsx";
import type { WordChoice } from "../components/mark.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import { isSnoozed } from "./incident-state.ts";
import type { Incident } from "./incidents-view.ts";
import { placeName } from "./place-name.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

const TICK = "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z";
const CLOCK = "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2Zm-.7 2.4h1.4v3.1l2.2 2.2-1 1-2.6-2.7Z";
const MUTED =
  "M2 6v4h2.6L8 13V3L4.6 6Zm7.6-.9L12 7.4l2.4-2.3 1 1L13 8.4l2.4 2.3-1 1L12 9.4l-2.4 2.3-1-1L11 8.4 8.6 6.1Z";

export function AcknowledgedMark(word: WordChoice) {
  const say = useAlertTexts();
  return <Mark tone="good" path={TICK} text={say("acknowledged")} value="acknowledged" {...word} />;
}

export function SnoozedMark(word: WordChoice) {
  const say = useAlertTexts();
  return <Mark tone="note" path={CLOCK} text={say("snoozed")} value="snoozed" {...word} />;
}

export function HeldMark(word: WordChoice) {
  const say = useAlertTexts();
  return <Mark tone="soft" path={MUTED} text={say("held")} value="held" {...word} />;
}

/** Who has it, whether it is put off or held back, and how often it came again: each with its details on pointing at it. */
export function IncidentMarks({ incident, ...word }: WordChoice & { readonly incident: Incident }) {
  const say = useAlertTexts();
  const format = useFormat();
  const { acknowledged, snoozedUntil, isHeld, heldBehind, reopened } = incident;
  return (
    <>
      {acknowledged !== null && (
        <span
          title={say("acknowledgedBy", { name: acknowledged.by, time: format.dateTime(acknowledged.at) })}
          data-testid="incident-acknowledged"
        >
          <AcknowledgedMark {...word} />
        </span>
      )}
      {/* Hardly any is snoozed: the others need not look at the clock each second. */}
      {snoozedUntil !== null && <SnoozedUntil incident={incident} until={snoozedUntil} {...word} />}
      {isHeld && (
        <span title={say("heldHint")} data-testid="incident-held">
          <HeldMark {...word} />
        </span>
      )}
      {heldBehind !== null && (
        <span title={say("behindHint", { name: placeName(heldBehind, say) })} data-testid="incident-behind">
          <Mark
            tone="soft"
            path={MUTED}
            text={say("behind", { name: placeName(heldBehind, say) })}
            value="behind"
            {...word}
          />
        </span>
      )}
      {reopened > 0 && (
        <span className="soft" title={say("reopenedHint", { count: reopened })} data-testid="incident-reopened">
          {say("reopened", { count: reopened })}
        </span>
      )}
    </>
  );
}

function SnoozedUntil({ incident, until, ...word }: WordChoice & { incident: Incident; until: number }) {
  const say = useAlertTexts();
  const format = useFormat();
  if (!isSnoozed(incident, useHubSecond())) return null;
  return (
    <span title={say("snoozedUntil", { time: format.dateTime(until) })} data-testid="incident-snoozed">
      <SnoozedMark {...word} />
    </span>
  );
}
