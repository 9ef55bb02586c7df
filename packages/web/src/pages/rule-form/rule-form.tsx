import { Button, NativeSelect, Switch, TextInput } from "@mantine/core";
import { NO_DATA_POLICIES, SEVERITIES } from "@muster/core";
import type { NoDataPolicy, RuleDefinition, Severity } from "@muster/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import styles from "../../components/form-page.module.css";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { useFormTries } from "../../components/use-form-tries.ts";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useAlertErrors } from "../../incidents/use-alert-errors.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { LevelsField } from "./levels-field.tsx";
import { LogFields } from "./log-fields.tsx";
import { MetricFields } from "./metric-fields.tsx";
import { readDraft } from "./rule-draft.ts";
import type { RuleDraft } from "./rule-draft.ts";
import type { PartProps } from "./rule-form-parts.ts";
import grid from "./rule-form.module.css";
import { ruleInputOf } from "./rule-input.ts";
import { RulePreview } from "./rule-preview.tsx";
import { ScopeFields } from "./scope-fields.tsx";
import { ToldFields } from "./told-fields.tsx";
import { TroubleFields } from "./trouble-fields.tsx";

/** Inputs at which an answer of the hub is shown. */
const INPUTS = ["name", "condition", "scope", "overrides", "forMs", "clearForMs", "noData", "notifierIds", "rule"];

interface RuleFormProps {
  readonly first: RuleDraft;
  readonly isNew: boolean;
  readonly onSave: (definition: RuleDefinition) => void;
  readonly saving: boolean;
  readonly error: unknown;
  /** Forgets what the hub said to the last try to save. */
  readonly onForgetError: () => void;
  readonly cancel: ReactNode;
}

/** A rule while it is filled in, tried on the past, and saved. What was typed stays whatever the hub says to it. */
export function RuleForm({ first, isNew, onSave, saving, error, onForgetError, cancel }: RuleFormProps) {
  const say = useAlertTexts();
  const texts = useChartTexts();
  const [draft, setDraft] = useState(first);
  const suggestion = draft.is === "metric" ? texts.wholeTitle(draft.metric) : say(`rule.group.${draft.is}`);
  const { definition, problems } = readDraft(draft, suggestion);
  const isSound = Object.keys(problems).length === 0;
  const [previewError, setPreviewError] = useState<unknown>(null);
  const failure = error ?? previewError;
  const { form, isTried, onTry } = useFormTries(failure);
  const errors = useAlertErrors(isTried ? problems : {}, failure, ruleInputOf);
  const onPreview = (): void => {
    onTry();
    onForgetError();
  };
  const change = (parts: Partial<RuleDraft>): void => setDraft({ ...draft, ...parts });
  const part: PartProps = { draft, errors, onChange: change, onDraft: setDraft };
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
        if (isSound) onSave(definition);
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label={say("rule.name")}
          description={say("rule.nameHint", { name: suggestion })}
          value={draft.name}
          error={errors["name"]}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-testid="rule-name"
        />
        <Switch
          size="xs"
          label={say("rule.enabled")}
          checked={draft.isEnabled}
          onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
          data-testid="rule-enabled"
        />
        <Condition {...part} />
        <Timing {...part} />
        <ScopeFields {...part} />
        <ToldFields {...part} />
      </div>
      <div className={styles.trial}>
        <RulePreview
          definition={definition}
          isSound={isSound}
          onTried={onPreview}
          onError={setPreviewError}
          inputs={INPUTS}
        />
        <ErrorNotice error={error} inputs={INPUTS} />
        <div className="row">
          <Button type="submit" loading={saving} data-testid="rule-save">
            {say(isNew ? "rule.saveAdd" : "rule.save")}
          </Button>
          {cancel}
        </div>
      </div>
    </form>
  );
}

function Condition(props: PartProps) {
  const say = useAlertTexts();
  const { draft, errors, onChange } = props;
  switch (draft.is) {
    case "metric":
      return <MetricFields {...props} />;
    case "log":
      return <LogFields {...props} />;
    case "offline":
      return (
        <NativeSelect
          label={say("rule.offlineSeverity")}
          value={draft.severity}
          data={SEVERITIES.map((severity) => ({ value: severity, label: say(`severity.${severity}`) }))}
          onChange={(event) => onChange({ severity: event.currentTarget.value as Severity })}
          data-testid="rule-severity"
        />
      );
    case "certificate":
      return (
        <LevelsField
          levels={draft.levels}
          unit={say("rule.unit.days")}
          errors={errors}
          input="condition.levels"
          label={say("rule.levels")}
          onChange={(levels) => onChange({ levels })}
        />
      );
    case "service":
    case "probe":
    case "hub":
      return <TroubleFields {...props} />;
  }
}

/** For how long it must be bad or well, and what it means that nothing is known. */
function Timing({ draft, errors, onChange }: PartProps) {
  const say = useAlertTexts();
  return (
    <div className={grid.group}>
      <div className={styles.pair}>
        <DurationField
          label={say("rule.for")}
          hint={say("rule.forHint")}
          value={draft.for}
          error={errors["forMs"]}
          onChange={(value) => onChange({ for: value })}
          testId="rule-for"
        />
        <DurationField
          label={say("rule.clearFor")}
          hint={say("rule.clearForHint")}
          value={draft.clearFor}
          error={errors["clearForMs"]}
          onChange={(clearFor) => onChange({ clearFor })}
          testId="rule-clear-for"
        />
      </div>
      <NativeSelect
        label={say("rule.noData")}
        value={draft.noData}
        data={NO_DATA_POLICIES.map((one) => ({ value: one, label: say(`rule.noDataPolicies.${one}`) }))}
        onChange={(event) => onChange({ noData: event.currentTarget.value as NoDataPolicy })}
        data-testid="rule-no-data"
      />
    </div>
  );
}
