import { Button, Checkbox, NativeSelect, Switch, Textarea, TextInput } from "@mantine/core";
import { STATUS_PAGE_LANGUAGES } from "@muster/core";
import type { StatusPageLanguage } from "@muster/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import styles from "../../components/form-page.module.css";
import { Segments } from "../../components/segments.tsx";
import { useFormTries } from "../../components/use-form-tries.ts";
import { useAlertErrors } from "../../incidents/use-alert-errors.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { bodyOfStatusPage, problemsOfStatusPage } from "./status-page-draft.ts";
import type { StatusPageBody, StatusPageDraft } from "./status-page-draft.ts";
import { ThingsField } from "./things-field.tsx";

/** Languages by their own names. */
const LANGUAGE_NAMES: Readonly<Record<StatusPageLanguage, string>> = { en: "English", ru: "Русский" };
const INPUTS = ["slug", "name", "text", "announcement", "until", "items"];

/** `announcement.text` is told at `announcement`, and `announcement.until` at its own input. */
const inputOf = (path: string): string => (path === "announcement.until" ? "until" : (/^\w+/.exec(path)?.[0] ?? path));

interface StatusPageFormProps {
  readonly first: StatusPageDraft;
  readonly action: string;
  readonly onSave: (body: StatusPageBody) => void;
  readonly saving: boolean;
  readonly error: unknown;
  readonly cancel: ReactNode;
  readonly children?: ReactNode;
}

/** A status page while it is filled in: where it is, what it shows, and what it says. */
export function StatusPageForm({ first, action, onSave, saving, error, cancel, children }: StatusPageFormProps) {
  const say = useAlertTexts();
  const [draft, setDraft] = useState(first);
  const { form, isTried, onTry } = useFormTries(error);
  const problems = problemsOfStatusPage(draft);
  const errors = useAlertErrors(isTried ? problems : {}, error, inputOf);
  const change = (parts: Partial<StatusPageDraft>): void => setDraft({ ...draft, ...parts });
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
        if (Object.keys(problems).length === 0) onSave(bodyOfStatusPage(draft));
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label={say("statusPage.name")}
          description={say("statusPage.nameHint")}
          value={draft.name}
          error={errors["name"]}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-testid="status-page-name"
        />
        <TextInput
          label={say("statusPage.address")}
          description={`${location.origin}/status/${draft.slug}`}
          value={draft.slug}
          error={errors["slug"]}
          maxLength={64}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => change({ slug: event.currentTarget.value })}
          data-testid="status-page-slug"
        />
        <Switch
          size="xs"
          label={say("statusPage.enabled")}
          description={say("statusPage.enabledHint")}
          checked={draft.isEnabled}
          onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
          data-testid="status-page-enabled"
        />
        <NativeSelect
          label={say("statusPage.language")}
          value={draft.language}
          data={STATUS_PAGE_LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
          onChange={(event) => change({ language: event.currentTarget.value as StatusPageLanguage })}
          data-testid="status-page-language"
        />
        <Textarea
          label={say("statusPage.text")}
          description={say("statusPage.textHint")}
          value={draft.text}
          error={errors["text"]}
          maxLength={4_000}
          autosize
          minRows={2}
          maxRows={8}
          onChange={(event) => change({ text: event.currentTarget.value })}
          data-testid="status-page-text"
        />
        <h2>{say("statusPage.shows")}</h2>
        <Checkbox
          label={say("statusPage.incidents")}
          checked={draft.showsIncidents}
          onChange={(event) => change({ showsIncidents: event.currentTarget.checked })}
          data-testid="status-page-incidents"
        />
        <Checkbox
          label={say("statusPage.days")}
          checked={draft.showsDays}
          onChange={(event) => change({ showsDays: event.currentTarget.checked })}
          data-testid="status-page-days"
        />
        <Checkbox
          label={say("statusPage.hours")}
          description={say("statusPage.barsHint")}
          checked={draft.showsHours}
          onChange={(event) => change({ showsHours: event.currentTarget.checked })}
          data-testid="status-page-hours"
        />
        <h2>{say("statusPage.announced")}</h2>
        <Segments
          label={say("statusPage.announced")}
          value={draft.announced}
          options={(["nothing", "note", "maintenance"] as const).map((value) => ({
            value,
            label: say(`statusPage.announce.${value}`),
          }))}
          onChange={(announced) => change({ announced })}
          testId="status-page-announced"
        />
        {draft.announced !== "nothing" && (
          <>
            <Textarea
              aria-label={say("statusPage.announced")}
              value={draft.announcement}
              error={errors["announcement"]}
              maxLength={2_000}
              autosize
              minRows={2}
              maxRows={8}
              onChange={(event) => change({ announcement: event.currentTarget.value })}
              data-testid="status-page-announcement"
            />
            <TextInput
              type="datetime-local"
              label={say("statusPage.until")}
              description={say("statusPage.untilHint")}
              value={draft.until}
              error={errors["until"]}
              onChange={(event) => change({ until: event.currentTarget.value })}
              data-testid="status-page-until"
            />
          </>
        )}
      </div>
      <div className={styles.fields}>
        <ThingsField items={draft.items} errors={errors} onItems={(items) => change({ items })} />
        <ErrorNotice error={error} inputs={INPUTS} />
        <div className="row wrap">
          <Button type="submit" loading={saving} data-testid="status-page-save">
            {action}
          </Button>
          {cancel}
        </div>
        {children}
      </div>
    </form>
  );
}
