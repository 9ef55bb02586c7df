import { Button, Checkbox, NativeSelect, Switch, TextInput } from "@mantine/core";
import { notifierEntry, SEVERITIES } from "@muster/core";
import type { Severity } from "@muster/core";
import type { NotifierView } from "@muster/protocol";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { namedOptions } from "../../components/named-options.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import styles from "../../components/form-page.module.css";
import { useFormTries } from "../../components/use-form-tries.ts";
import { withPicked } from "../../components/with-picked.ts";
import { NOTIFIERS } from "../../incidents/alert-queries.ts";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useAlertErrors } from "../../incidents/use-alert-errors.ts";
import { useAlertTexts, useNotifierNaming } from "../../incidents/use-alert-texts.ts";
import { SecretField } from "../../links/secret-field.tsx";
import { useSecretDraft } from "../../links/use-secret-draft.ts";
import { ProbeFields } from "../../probes/probe-fields.tsx";
import { HoursFields } from "./hours-fields.tsx";
import { NoticePreview } from "./notice-preview.tsx";
import { bodyOfDraft, goesElsewhere, parsedDraft, problemsOfDraft } from "./notifier-draft.ts";
import type { NotifierBody, NotifierDraft } from "./notifier-draft.ts";

/** Inputs at which an answer of the hub is shown; each setting has one. */
const INPUTS = ["settings", "secret", "name", "severityLeast", "delayMs", "repeatMs", "hours", "fallbackId"];

/** `settings.headers.2` is told at `settings.headers`; of hours each part has its own input. */
const notifierInputOf = (path: string): string =>
  /^(?:settings\.[^.[]+|hours\.zone|hours\.spans\.\d+\.\w+|\w+)/.exec(path)?.[0] ?? path;

interface NotifierFormProps {
  readonly first: NotifierDraft;
  /** The one that is changed; undefined for a new one. */
  readonly known: NotifierView | undefined;
  /** `secret`: undefined leaves what is kept, null removes it. */
  readonly onSave: (body: NotifierBody, secret: string | null | undefined) => void;
  readonly saving: boolean;
  readonly error: unknown;
  /** What stands beside the fields, below the buttons. */
  readonly children?: ReactNode;
  readonly cancel: ReactNode;
}

/** A notifier while it is filled in and saved. What was typed stays whatever the hub says to it. */
export function NotifierForm({ first, known, onSave, saving, error, children, cancel }: NotifierFormProps) {
  const say = useAlertTexts();
  const naming = useNotifierNaming();
  const [draft, setDraft] = useState(first);
  const { form, isTried, onTry } = useFormTries(error);
  const { kind } = draft;
  const entry = notifierEntry(kind);
  const suggestion = naming.kindTitle(kind);
  const hasSecret = known?.hasSecret ?? false;
  const isForgotten = hasSecret && known !== undefined && goesElsewhere(known, draft);
  const { secret, setSecret, sent, isLacking, kept } = useSecretDraft({ is: entry.secret, hasSecret, isForgotten });
  const problems: Readonly<Record<string, string>> = {
    ...problemsOfDraft(draft),
    ...(isLacking && { secret: "is needed" }),
  };
  const errors = useAlertErrors(isTried ? problems : {}, error, notifierInputOf);
  const change = (parts: Partial<NotifierDraft>): void => setDraft({ ...draft, ...parts });
  const notifiers = useQuery(NOTIFIERS);
  const others = (notifiers.data?.items ?? []).filter(({ id }) => id !== known?.id);
  const [secretLabel, secretHint] = naming.secret(kind) ?? [
    say("notifier.secret"),
    say(entry.secret === "required" ? "notifier.secretNeeded" : "notifier.secretHint"),
  ];
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
        const parsed = parsedDraft(draft);
        if (parsed.ok && Object.keys(problems).length === 0)
          onSave(bodyOfDraft(draft, parsed.settings, suggestion), sent);
      }}
    >
      <div className={styles.fields}>
        <ProbeFields
          kind={kind}
          naming={naming}
          fields={entry.fields}
          draft={draft.fields}
          errors={errors}
          under="settings"
          onChange={(fields) => change({ fields })}
        />
        {entry.secret !== "none" && (
          <SecretField
            label={secretLabel}
            hint={secretHint ?? say("notifier.secretHint")}
            secret={secret}
            kept={kept}
            error={errors["secret"]}
            disabled={false}
            onChange={setSecret}
          />
        )}
        <TextInput
          label={say("notifier.name")}
          description={say("notifier.nameHint", { name: suggestion })}
          value={draft.name}
          error={errors["name"]}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-testid="notifier-name"
        />
        <h2>{say("notifier.who")}</h2>
        <Switch
          size="xs"
          label={say("notifier.enabled")}
          checked={draft.isEnabled}
          onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
          data-testid="notifier-enabled"
        />
        <Checkbox
          label={say("notifier.default")}
          checked={draft.isDefault}
          onChange={(event) => change({ isDefault: event.currentTarget.checked })}
          data-testid="notifier-default"
        />
        <NativeSelect
          label={say("notifier.severity")}
          description={say("notifier.severityHint")}
          value={draft.severityLeast}
          error={errors["severityLeast"]}
          data={SEVERITIES.map((severity) => ({ value: severity, label: say(`severity.${severity}`) }))}
          onChange={(event) => change({ severityLeast: event.currentTarget.value as Severity })}
          data-testid="notifier-severity"
        />
        <div className={styles.pair}>
          <DurationField
            label={say("notifier.delay")}
            hint={say("notifier.delayHint")}
            value={draft.delay}
            error={errors["delayMs"]}
            onChange={(delay) => change({ delay })}
            testId="notifier-delay"
          />
          <DurationField
            label={say("notifier.repeat")}
            hint={say("notifier.repeatHint")}
            value={draft.repeat}
            error={errors["repeatMs"]}
            onChange={(repeat) => change({ repeat })}
            testId="notifier-repeat"
          />
        </div>
        <HoursFields draft={draft} errors={errors} onChange={change} />
        {(others.length > 0 || draft.fallbackId !== "") && (
          <NativeSelect
            label={say("notifier.fallback")}
            value={draft.fallbackId}
            error={errors["fallbackId"]}
            data={withPicked(
              [{ value: "", label: say("notifier.fallbackNone") }, ...namedOptions(others)],
              draft.fallbackId,
              notifiers.data ? say("silence.gone") : "…",
            )}
            onChange={(event) => change({ fallbackId: event.currentTarget.value })}
            data-testid="notifier-fallback"
          />
        )}
      </div>
      <div className={styles.trial}>
        <ErrorNotice error={error} inputs={INPUTS} />
        <div className="row wrap">
          <Button type="submit" loading={saving} data-testid="notifier-save">
            {say(known === undefined ? "notifier.saveAdd" : "notifier.save")}
          </Button>
          {cancel}
        </div>
        {children}
        <NoticePreview kind={kind} fields={draft.fields} problems={problems} />
      </div>
    </form>
  );
}
