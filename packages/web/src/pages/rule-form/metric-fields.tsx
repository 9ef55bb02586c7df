import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { findMetric, isCounterMetric, MEASURES } from "@muster/core";
import type { Measure } from "@muster/core";
import styles from "../../components/form-page.module.css";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { comparedUnit, entryUnits } from "./entry-units.ts";
import type { EntryUnit } from "./entry-units.ts";
import { LevelsField } from "./levels-field.tsx";
import { MetricPicker } from "./metric-picker.tsx";
import { judgedBy, unitOfDraft, withMetric } from "./rule-draft.ts";
import type { PartProps } from "./rule-form-parts.ts";
import grid from "./rule-form.module.css";
import { useUnitName } from "./use-unit-name.ts";

/** Which number, by which labels, what of it counts, and from where on it is how bad. */
export function MetricFields({ draft, errors, onChange, onDraft }: PartProps) {
  const say = useAlertTexts();
  const nameOf = useUnitName();
  const { metric, measure, comparison } = draft;
  const units = entryUnits(comparedUnit(metric, measure));
  const unit = unitOfDraft(draft);
  const known = findMetric(metric)?.labels ?? [];
  return (
    <>
      <MetricPicker
        metric={metric}
        error={errors["condition.metric"]}
        onMetric={(next) => onDraft(withMetric(draft, next))}
      />
      <Textarea
        label={say("rule.labels")}
        description={known.length === 0 ? say("rule.labelsNone") : say("rule.labelsHint", { labels: known.join(", ") })}
        classNames={{ input: "mono" }}
        rows={2}
        spellCheck={false}
        value={draft.labels}
        error={errors["condition.labels"]}
        onChange={(event) => onChange({ labels: event.currentTarget.value })}
        data-testid="rule-labels"
      />
      <div className={grid.triple}>
        <NativeSelect
          label={say("rule.measure")}
          value={measure}
          data={MEASURES.filter((one) => one === measure || one !== (isCounterMetric(metric) ? "value" : "rate")).map(
            (one) => ({ value: one, label: say(`rule.measures.${one}`) }),
          )}
          onChange={(event) => onDraft(judgedBy(draft, metric, event.currentTarget.value as Measure))}
          data-testid="rule-measure"
        />
        <NativeSelect
          label={say("rule.comparison")}
          value={comparison}
          data={(["above", "below"] as const).map((one) => ({ value: one, label: say(`rule.comparisons.${one}`) }))}
          onChange={(event) => onChange({ comparison: event.currentTarget.value as "above" | "below" })}
          data-testid="rule-comparison"
        />
        {units.length > 1 ? (
          <NativeSelect
            label={say("rule.unitLabel")}
            value={unit.name}
            data={units.map(({ name }) => ({ value: name, label: nameOf(name, draft) }))}
            onChange={(event) => onChange({ unit: event.currentTarget.value as EntryUnit["name"] })}
            data-testid="rule-unit"
          />
        ) : (
          <span />
        )}
      </div>
      {measure === "forecast" && (
        <div className={styles.pair}>
          <DurationField
            label={say("rule.window")}
            value={draft.window}
            error={errors["condition.windowMs"]}
            onChange={(window) => onChange({ window })}
            testId="rule-window"
          />
          <DurationField
            label={say("rule.horizon")}
            value={draft.horizon}
            error={errors["condition.horizonMs"]}
            onChange={(horizon) => onChange({ horizon })}
            testId="rule-horizon"
          />
        </div>
      )}
      <LevelsField
        levels={draft.levels}
        unit={nameOf(unit.name, draft)}
        errors={errors}
        input="condition.levels"
        label={say("rule.levels")}
        onChange={(levels) => onChange({ levels })}
      />
      <TextInput
        label={`${say("rule.clearAt")}: ${say(comparison === "above" ? "rule.clearAtAbove" : "rule.clearAtBelow")}`}
        description={say("rule.clearAtHint")}
        inputMode="decimal"
        autoComplete="off"
        value={draft.clearAt}
        error={errors["condition.clearAt"]}
        rightSectionWidth={62}
        rightSection={<span className="soft">{nameOf(unit.name, draft)}</span>}
        onChange={(event) => onChange({ clearAt: event.currentTarget.value })}
        data-testid="rule-clear"
      />
    </>
  );
}
