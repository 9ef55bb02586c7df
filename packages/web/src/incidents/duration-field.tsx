import { Input, NativeSelect, TextInput } from "@mantine/core";
import { useId } from "react";
import { DURATION_UNITS } from "./duration-draft.ts";
import type { DurationDraft, DurationUnit } from "./duration-draft.ts";
import styles from "./incidents.module.css";
import { useAlertTexts } from "./use-alert-texts.ts";

interface DurationFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: DurationDraft;
  readonly error: string | undefined;
  readonly onChange: (value: DurationDraft) => void;
  readonly testId: string;
}

/** A length of time, in the unit that people think of it. */
export function DurationField({ label, hint, value, error, onChange, testId }: DurationFieldProps) {
  const say = useAlertTexts();
  const id = useId();
  return (
    <Input.Wrapper id={id} label={label} description={hint} error={error}>
      <div className={styles.duration}>
        <TextInput
          id={id}
          inputMode="decimal"
          autoComplete="off"
          value={value.amount}
          error={error !== undefined}
          onChange={(event) => onChange({ ...value, amount: event.currentTarget.value })}
          data-testid={testId}
        />
        <NativeSelect
          aria-label={say("rule.unitOf", { what: label })}
          value={value.unit}
          data={DURATION_UNITS.map((unit) => ({ value: unit, label: say(`rule.timeUnit.${unit}`) }))}
          onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as DurationUnit })}
          data-testid={`${testId}-unit`}
        />
      </div>
    </Input.Wrapper>
  );
}
