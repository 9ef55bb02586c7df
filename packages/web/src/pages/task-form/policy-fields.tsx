import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { MISSED_POLICIES, OVERLAP_POLICIES } from "@muster/core";
import type { MissedPolicy, OverlapPolicy } from "@muster/core";
import styles from "../../components/form-page.module.css";
import { Folded } from "../../components/folded.tsx";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import type { PartProps } from "./task-form-parts.ts";
import form from "./task-form.module.css";

/** Inputs that lie in the part that is folded. */
const FOLDED = ["missedWithinMs", "retries", "retries.delayMs", "jitterMs", "tell.lateAfterMs"] as const;

/** What happens when a run takes long, meets the one before, was missed, or fails. */
export function PolicyFields({ draft, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  return (
    <div className={form.group}>
      <div className={styles.pair}>
        <DurationField
          label={say("timeout")}
          hint={say("timeoutHint")}
          value={draft.timeout}
          error={errors["timeoutMs"]}
          onChange={(timeout) => onChange({ timeout })}
          testId="task-timeout"
        />
        <NativeSelect
          label={say("overlap")}
          description={say("overlapHint")}
          value={draft.overlap}
          data={OVERLAP_POLICIES.map((value) => ({ value, label: say(`overlaps.${value}`) }))}
          onChange={(event) => onChange({ overlap: event.currentTarget.value as OverlapPolicy })}
          data-testid="task-overlap"
        />
      </div>
      <Folded
        title={say("further")}
        isWrong={FOLDED.some((input) => errors[input] !== undefined)}
        testId="task-further"
      >
        <div className={styles.pair}>
          <NativeSelect
            label={say("missed")}
            description={say("missedHint")}
            value={draft.missed}
            data={MISSED_POLICIES.map((value) => ({ value, label: say(`missedPolicies.${value}`) }))}
            onChange={(event) => onChange({ missed: event.currentTarget.value as MissedPolicy })}
            data-testid="task-missed"
          />
          {draft.missed !== "skip" && (
            <DurationField
              label={say("missedWithin")}
              hint={say("missedWithinHint")}
              value={draft.missedWithin}
              error={errors["missedWithinMs"]}
              onChange={(missedWithin) => onChange({ missedWithin })}
              testId="task-missed-within"
            />
          )}
        </div>
        <div className={styles.pair}>
          <TextInput
            label={say("retries")}
            description={say("retriesHint")}
            inputMode="numeric"
            value={draft.retriesMost}
            error={errors["retries"]}
            onChange={(event) => onChange({ retriesMost: event.currentTarget.value })}
            data-testid="task-retries"
          />
          {draft.retriesMost.trim() !== "0" && (
            <DurationField
              label={say("retryDelay")}
              hint={say("retryDelayHint")}
              value={draft.retryDelay}
              error={errors["retries.delayMs"]}
              onChange={(retryDelay) => onChange({ retryDelay })}
              testId="task-retry-delay"
            />
          )}
        </div>
        <DurationField
          label={say("jitter")}
          hint={say("jitterHint")}
          value={draft.jitter}
          error={errors["jitterMs"]}
          onChange={(jitter) => onChange({ jitter })}
          testId="task-jitter"
        />
        <Checkbox
          size="xs"
          label={say("tellsFailure")}
          checked={draft.tellsFailure}
          onChange={(event) => onChange({ tellsFailure: event.currentTarget.checked })}
          data-testid="task-tells-failure"
        />
        <Checkbox
          size="xs"
          label={say("tellsLate")}
          checked={draft.tellsLate}
          onChange={(event) => onChange({ tellsLate: event.currentTarget.checked })}
          data-testid="task-tells-late"
        />
        {draft.tellsLate && (
          <DurationField
            label={say("lateAfter")}
            value={draft.lateAfter}
            error={errors["tell.lateAfterMs"]}
            onChange={(lateAfter) => onChange({ lateAfter })}
            testId="task-late-after"
          />
        )}
      </Folded>
    </div>
  );
}
