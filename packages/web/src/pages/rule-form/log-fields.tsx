import { Switch, Textarea, TextInput } from "@mantine/core";
import { DRIVER_NAMES, LOG_RULE_LIMITS } from "@muster/core";
import { PickList } from "../../components/pick-list.tsx";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { LevelsField } from "./levels-field.tsx";
import type { PartProps } from "./rule-form-parts.ts";

/** In which logs what is looked for, and how many lines of it within how long are how bad. */
export function LogFields({ draft, errors, onChange }: PartProps) {
  const say = useAlertTexts();
  return (
    <>
      <Textarea
        label={say("rule.logServices")}
        description={say("rule.logServicesHint")}
        classNames={{ input: "mono" }}
        rows={2}
        spellCheck={false}
        value={draft.services}
        error={errors["condition.names"]}
        onChange={(event) => onChange({ services: event.currentTarget.value })}
        data-testid="rule-services"
      />
      <PickList
        label={say("rule.drivers")}
        hint={say("rule.allKinds")}
        options={DRIVER_NAMES.map((name) => ({ value: name, label: name }))}
        picked={draft.drivers}
        onPicked={(drivers) => onChange({ drivers })}
        testId="rule-drivers"
      />
      <Textarea
        label={say("rule.files")}
        description={say("rule.filesHint")}
        classNames={{ input: "mono" }}
        rows={2}
        spellCheck={false}
        value={draft.files}
        error={errors["condition.files"]}
        onChange={(event) => onChange({ files: event.currentTarget.value })}
        data-testid="rule-files"
      />
      <TextInput
        label={say("rule.pattern")}
        description={say("rule.patternHint")}
        classNames={{ input: "mono" }}
        spellCheck={false}
        autoComplete="off"
        maxLength={LOG_RULE_LIMITS.patternCharactersMax}
        value={draft.pattern}
        error={errors["condition.pattern"]}
        onChange={(event) => onChange({ pattern: event.currentTarget.value })}
        data-testid="rule-pattern"
      />
      <Switch
        size="xs"
        label={say("rule.isExpression")}
        checked={draft.isExpression}
        onChange={(event) => onChange({ isExpression: event.currentTarget.checked })}
        data-testid="rule-expression"
      />
      <LevelsField
        levels={draft.levels}
        unit={say("rule.unit.lines")}
        errors={errors}
        input="condition.levels"
        label={say("rule.levels")}
        onChange={(levels) => onChange({ levels })}
      />
      <DurationField
        label={say("rule.within")}
        hint={say("rule.withinHint")}
        value={draft.within}
        error={errors["condition.windowMs"]}
        onChange={(within) => onChange({ within })}
        testId="rule-within"
      />
    </>
  );
}
