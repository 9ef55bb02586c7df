import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { notifierEntry } from "@muster/core";
import type { Right, TaskWorkName } from "@muster/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { session } from "../../api/session.ts";
import { useObservable } from "../../browser/observable.ts";
import { actionName } from "../../actions/action-title.ts";
import { namedOptions } from "../../components/named-options.ts";
import { PickList } from "../../components/pick-list.tsx";
import { Segments } from "../../components/segments.tsx";
import { withPicked } from "../../components/with-picked.ts";
import { NOTIFIERS } from "../../incidents/alert-queries.ts";
import { isNotifierKind } from "../../incidents/notifier-naming.ts";
import { useProbes } from "../../probes/probes.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { ActionArgsFields } from "./action-args-fields.tsx";
import { TargetFields } from "./target-fields.tsx";
import { TASK_ACTIONS } from "./task-draft.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { PartProps } from "./task-form-parts.ts";
import form from "./task-form.module.css";

/** Kinds of work, each with the right that whoever plans it needs. */
const WORKS: readonly (readonly [TaskWorkName, Right])[] = [
  ["action", "actions.normal"],
  ["probe", "probes.run"],
  ["webhook", "notifiers.write"],
  ["backup", "hub.write"],
];

/** What a task does each time. */
export function WorkFields(props: PartProps) {
  const { draft, errors, onChange } = props;
  const say = useTaskTexts();
  const rights = useObservable(session)?.rights ?? [];
  const works = WORKS.filter(([is, right]) => rights.includes(right) || draft.does === is);
  return (
    <div className={form.group} role="group" aria-label={say("column.work")}>
      <Segments
        label={say("column.work")}
        value={draft.does}
        options={works.map(([value]) => ({ value, label: say(`does.${value}`) }))}
        onChange={(does) => onChange({ does })}
        testId="task-does"
      />
      {draft.does === "action" && <ActionFields {...props} />}
      {draft.does === "probe" && <ProbePicker {...props} />}
      {draft.does === "webhook" && <WebhookFields {...props} />}
      {draft.does === "backup" && (
        <TextInput
          label={say("keep")}
          description={say("keepHint")}
          inputMode="numeric"
          value={draft.keep}
          error={errors["work.keep"]}
          onChange={(event) => onChange({ keep: event.currentTarget.value })}
          data-testid="task-keep"
        />
      )}
    </div>
  );
}

function ActionFields(props: PartProps) {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const { draft, errors, onChange } = props;
  const offered = TASK_ACTIONS.includes(draft.action) ? TASK_ACTIONS : [...TASK_ACTIONS, draft.action];
  return (
    <>
      <NativeSelect
        label={say("action")}
        value={draft.action}
        error={errors["work.action"]}
        data={offered.map((value) => ({
          value,
          label: say(`actionOf.${familyOf(value)}`, { verb: actionName(value, t) }),
        }))}
        onChange={(event) => onChange({ action: event.currentTarget.value as TaskDraft["action"] })}
        data-testid="task-action"
      />
      <ActionArgsFields {...props} />
      <TargetFields {...props} />
    </>
  );
}

const familyOf = (action: TaskDraft["action"]): "service" | "container" | "server" =>
  action.startsWith("service.") ? "service" : action.startsWith("container.") ? "container" : "server";

function ProbePicker({ draft, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  const { probes } = useProbes();
  return (
    <PickList
      label={say("probes")}
      hint={say("probesHint")}
      find={say("probesFind")}
      options={namedOptions(probes.values())}
      picked={draft.probeIds}
      error={errors["work.probeIds"]}
      onPicked={(probeIds) => onChange({ probeIds })}
      testId="task-probes"
    />
  );
}

function WebhookFields({ draft, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  const notifiers = useQuery(NOTIFIERS);
  const some = (notifiers.data?.items ?? []).filter(({ kind }) => isNotifierKind(kind) && notifierEntry(kind).canSay);
  return (
    <>
      <NativeSelect
        label={say("notifier")}
        description={say(notifiers.data && some.length === 0 ? "notifierNone" : "notifierHint")}
        value={draft.notifierId}
        error={errors["work.notifierId"]}
        data={withPicked(
          [{ value: "", label: say("notifierPick") }, ...namedOptions(some)],
          draft.notifierId,
          notifiers.data ? draft.notifierId : "…",
        )}
        onChange={(event) => onChange({ notifierId: event.currentTarget.value })}
        data-testid="task-notifier"
      />
      <Textarea
        label={say("text")}
        rows={3}
        maxLength={4_000}
        value={draft.text}
        error={errors["work.text"]}
        onChange={(event) => onChange({ text: event.currentTarget.value })}
        data-testid="task-text"
      />
    </>
  );
}
