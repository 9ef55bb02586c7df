import { Button, Switch, Textarea, TextInput } from "@mantine/core";
import { isTimeZone } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import { useCallback, useState } from "react";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import styles from "../../components/form-page.module.css";
import { useFormTries } from "../../components/use-form-tries.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { PolicyFields } from "./policy-fields.tsx";
import { ScheduleFields } from "./schedule-fields.tsx";
import { SchedulePreview } from "./schedule-preview.tsx";
import { isDangerousWork, readTaskDraft } from "./task-draft.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { PartProps } from "./task-form-parts.ts";
import { useTaskErrors } from "./use-task-errors.ts";
import { WorkFields } from "./work-fields.tsx";

/** Beginnings of the paths at which an answer of the hub is shown. */
const INPUTS = [
  ...(["name", "description", "zone", "schedule", "work", "timeoutMs", "missedWithinMs", "retries"] as const),
  ...(["jitterMs", "tell"] as const),
];

interface TaskFormProps {
  readonly first: TaskDraft;
  readonly isNew: boolean;
  readonly onSave: (definition: TaskDefinition) => void;
  readonly saving: boolean;
  readonly error: unknown;
  readonly cancel: ReactNode;
}

/** A task while it is filled in, with what its schedule means beside it. What was typed stays whatever the hub says to it. */
export function TaskForm({ first, isNew, onSave, saving, error, cancel }: TaskFormProps) {
  const say = useTaskTexts();
  const [draft, setDraft] = useState(first);
  const [previewError, setPreviewError] = useState<unknown>(null);
  const onPreviewError = useCallback((failure: unknown) => setPreviewError(failure), []);
  const { definition, problems } = readTaskDraft(draft);
  const { form, isTried, onTry } = useFormTries(error);
  const isScheduleWrong = Object.keys(problems).some((input) => input === "zone" || input.startsWith("schedule."));
  // A schedule is shown as it is typed, so what is wrong with it is told at once; the rest after a try.
  const seen = Object.fromEntries(
    Object.entries(problems).filter(([input]) => isTried || input === "zone" || input === "schedule.expression"),
  );
  const errors = useTaskErrors(seen, previewError ?? error);
  const part: PartProps = { draft, errors, onChange: (parts) => setDraft({ ...draft, ...parts }) };
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
        if (Object.keys(problems).length === 0) onSave(definition);
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label={say("name")}
          value={draft.name}
          error={errors["name"]}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => part.onChange({ name: event.currentTarget.value })}
          data-testid="task-name"
        />
        <Textarea
          label={say("description")}
          autosize
          maxRows={6}
          maxLength={2_000}
          value={draft.description}
          error={errors["description"]}
          onChange={(event) => part.onChange({ description: event.currentTarget.value })}
          data-testid="task-description"
        />
        <Switch
          size="xs"
          label={say("enabled")}
          checked={draft.isEnabled}
          onChange={(event) => part.onChange({ isEnabled: event.currentTarget.checked })}
          data-testid="task-enabled"
        />
        <WorkFields {...part} />
        <ScheduleFields {...part} />
        <PolicyFields {...part} />
      </div>
      <div className={styles.trial}>
        <SchedulePreview
          schedule={definition.schedule}
          zone={isTimeZone(definition.zone) ? definition.zone : "UTC"}
          isSound={!isScheduleWrong}
          onError={onPreviewError}
          inputs={INPUTS}
        />
        <div className="soft">
          {say("rightsHint")}
          {isDangerousWork(draft) && ` ${say("dangerousHint")}`}
        </div>
        <ErrorNotice error={error} inputs={INPUTS} />
        <div className="row">
          <Button type="submit" loading={saving} data-testid="task-save">
            {say(isNew ? "saveAdd" : "save")}
          </Button>
          {cancel}
        </div>
      </div>
    </form>
  );
}
