import { Button, TextInput } from "@mantine/core";
import type { RetentionSettings, StorageView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Segments } from "../../components/segments.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import { hubNow } from "../../live/live.ts";
import { LossList } from "./loss-list.tsx";
import { lossesOf } from "./losses.ts";
import type { Loss } from "./losses.ts";
import { BUDGETS_GIB, DAY_FIELDS, draftOf, PRESETS, presetOf, retentionOf, wrongFields } from "./retention-draft.ts";
import type { RetentionField } from "./retention-draft.ts";

interface RetentionFormProps {
  readonly current: RetentionSettings;
  readonly storage: StorageView;
  readonly editable: boolean;
}

const INPUTS = [...DAY_FIELDS, "bytesMax"];
const FIELD_TEXTS = {
  samplesDays: "history.samples",
  minutesDays: "history.minutes",
  hoursDays: "history.hours",
} as const;

/** How long history is kept. What would be dropped is said, and has to be typed, before it is. */
export function RetentionForm({ current, storage, editable }: RetentionFormProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(current));
  const [asking, setAsking] = useState<readonly Loss[]>([]);
  const wanted = retentionOf(draft);
  const losses = wanted ? lossesOf(current, wanted, storage, hubNow()) : [];
  const save = useMutation({
    mutationFn: (body: RetentionSettings) => api("PUT /api/v1/system/retention", { body }),
    onSuccess(saved) {
      queries.setQueryData(["retention"], saved);
      setDraft(draftOf(saved));
      return queries.invalidateQueries({ queryKey: ["storage"] });
    },
    // What is wrong stands at the inputs, and those are behind the question.
    onSettled: () => setAsking([]),
  });
  const fields = useFieldErrors(save.error);
  const wrong = wrongFields(draft);
  const errorOf = (field: RetentionField): string | undefined => {
    if (wrong.includes(field)) return t(field === "budgetGib" ? "fieldError.positive" : "fieldError.wholeDays");
    return field === "budgetGib" ? fields["bytesMax"] && t("history.budgetLeast") : fields[field];
  };
  const change = (parts: Partial<typeof draft>): void => {
    setDraft({ ...draft, ...parts });
    save.reset();
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wanted) return;
        if (losses.length > 0) setAsking(losses);
        else save.mutate(wanted);
      }}
      data-testid="retention"
    >
      <div>
        <Segments
          label={t("history.presets")}
          value={presetOf(draft)}
          options={(["short", "usual", "long"] as const).map((value) => ({ value, label: t(`history.${value}`) }))}
          onChange={(name) => editable && change(PRESETS[name])}
          testId="retention-presets"
        />
      </div>
      {DAY_FIELDS.map((field) => (
        <TextInput
          key={field}
          label={t("history.days", { what: t(FIELD_TEXTS[field]) })}
          inputMode="numeric"
          value={draft[field]}
          disabled={!editable}
          error={errorOf(field)}
          onChange={(event) => change({ [field]: event.currentTarget.value })}
          data-testid={`retention-${field}`}
        />
      ))}
      <TextInput
        label={t("history.budget")}
        description={t("history.budgetHint")}
        placeholder={t("history.noBudget")}
        inputMode="decimal"
        value={draft.budgetGib}
        disabled={!editable}
        error={errorOf("budgetGib")}
        onChange={(event) => change({ budgetGib: event.currentTarget.value })}
        data-testid="retention-bytesMax"
      />
      <div>
        <Segments
          label={t("history.budget")}
          value={BUDGETS_GIB.find((value) => value === draft.budgetGib.trim())}
          options={BUDGETS_GIB.map((value) => ({
            value,
            label: value === "" ? t("history.noBudget") : t("history.gib", { count: Number(value) }),
          }))}
          onChange={(value) => editable && change({ budgetGib: value })}
          testId="retention-budgets"
        />
      </div>
      {losses.length > 0 && (
        <div className="notice warning" data-testid="retention-warning">
          <LossList losses={losses} />
        </div>
      )}
      <ErrorNotice error={save.error} inputs={INPUTS} />
      {editable && (
        <div className="row">
          <Button type="submit" loading={save.isPending} disabled={!wanted} data-testid="retention-save">
            {t("common.save")}
          </Button>
          {save.isSuccess && (
            <span className="good" role="status" data-testid="retention-saved">
              {t("common.saved")}
            </span>
          )}
        </div>
      )}
      {asking.length > 0 && wanted && (
        <TypedConfirm
          title={t("history.dropTitle")}
          text={<LossList losses={asking} />}
          word={t("history.dropWord")}
          wordLabel={t("history.dropType", { word: t("history.dropWord") })}
          action={t("history.drop")}
          busy={save.isPending}
          error={null}
          onConfirm={() => save.mutate(wanted)}
          onClose={() => setAsking([])}
        />
      )}
    </form>
  );
}
