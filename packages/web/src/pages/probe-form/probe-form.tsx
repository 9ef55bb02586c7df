import { Button, NativeSelect, TextInput } from "@mantine/core";
import { probeEntry } from "@muster/core";
import type { ProbeReach, ProbeSettings } from "@muster/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { api } from "../../api/api.ts";
import { namedOptions } from "../../components/named-options.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { SecretField } from "../../links/secret-field.tsx";
import { useSecretDraft } from "../../links/use-secret-draft.ts";
import styles from "../../components/form-page.module.css";
import {
  bodyOfDraft,
  goesElsewhere,
  parsedDraft,
  problemsOfDraft,
  suggestedName,
  trialOfDraft,
} from "./probe-draft.ts";
import type { ProbeDraft } from "./probe-draft.ts";
import { Folded } from "../../components/folded.tsx";
import { useFormTries } from "../../components/use-form-tries.ts";
import { withPicked } from "../../components/with-picked.ts";
import { ServicePicker } from "./service-picker.tsx";
import { ProbeFields } from "../../probes/probe-fields.tsx";
import type { Probe } from "../../probes/probes-view.ts";
import { ReportView } from "../../probes/report-view.tsx";
import { ResultLine } from "../../probes/result-line.tsx";
import { useProbeErrors } from "../../probes/use-probe-errors.ts";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";

/** What is told when a form is saved, but for the kind. */
export type ProbeBody = ReturnType<typeof bodyOfDraft>;

/** Inputs at which an answer of the hub is shown; each setting has one. */
const INPUTS = [
  "settings",
  "secret",
  "name",
  "via",
  "about",
  "service",
  "tags",
  "intervalMs",
  "timeoutMs",
  "rise",
  "fall",
];

interface ProbeFormProps {
  readonly first: ProbeDraft;
  /** The one that is changed; undefined for a new one. */
  readonly known: Probe | undefined;
  /** `secret`: undefined leaves what is kept, null removes it. */
  readonly onSave: (body: ProbeBody, secret: string | null | undefined) => void;
  readonly saving: boolean;
  readonly error: unknown;
  /** Forgets what the hub said to the last try to save. */
  readonly onForgetError: () => void;
  readonly cancel: ReactNode;
}

/** A probe while it is filled in, tried out, and saved. What was typed stays whatever the hub says to it. */
export function ProbeForm({ first, known, onSave, saving, error, onForgetError, cancel }: ProbeFormProps) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const [draft, setDraft] = useState(first);
  const { kind } = draft;
  const entry = probeEntry(kind);
  const hasSecret = known?.hasSecret ?? false;
  const isForgotten = hasSecret && known !== undefined && goesElsewhere(known, draft);
  const { secret, setSecret, sent, isLacking, kept } = useSecretDraft({ is: entry.secret, hasSecret, isForgotten });
  const problems: Readonly<Record<string, string>> = {
    ...problemsOfDraft(draft),
    ...(isLacking && { secret: "is needed" }),
  };
  const change = (parts: Partial<ProbeDraft>): void => setDraft({ ...draft, ...parts });
  /** Everything that a look depends on, to tell whether an answer is still of what stands there. */
  const tried = JSON.stringify([draft.fields, draft.via, draft.timeout, secret]);

  const trial = useMutation({
    async mutationFn(settings: ProbeSettings) {
      const body = trialOfDraft(draft, settings, typeof sent === "string" ? sent : undefined, known?.id);
      return { tried, result: await api("POST /api/v1/probe-trials", { body }) };
    },
  });
  const isStale = trial.data !== undefined && trial.data.tried !== tried;
  const failure = error ?? trial.error;
  const { form, isTried, onTry } = useFormTries(failure);
  const errors = useProbeErrors(isTried ? problems : {}, failure);
  const onTrial = (): void => {
    onTry();
    onForgetError();
    const parsed = parsedDraft(draft);
    if (parsed.ok && !isLacking && problems["timeoutMs"] === undefined) trial.mutate(parsed.settings);
  };
  const onSubmit = (): void => {
    onTry();
    const parsed = parsedDraft(draft);
    if (parsed.ok && Object.keys(problems).length === 0) onSave(bodyOfDraft(draft, parsed.settings), sent);
  };
  const suggestion = suggestedName(draft);
  const [secretLabel, secretHint] = naming.secret(kind) ?? [
    say("form.secret"),
    say(entry.secret === "required" ? "form.secretNeeded" : "form.secretHint"),
  ];
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
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
            hint={secretHint ?? say("form.secretHint")}
            secret={secret}
            kept={kept}
            error={errors["secret"]}
            disabled={false}
            onChange={setSecret}
          />
        )}
        <TextInput
          label={say("form.name")}
          description={suggestion === "" ? undefined : say("form.nameHint", { name: suggestion })}
          value={draft.name}
          error={errors["name"]}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-testid="probe-name"
        />
        <ServerPickers draft={draft} errors={errors} reach={entry.reach} onChange={change} />
        <TextInput
          label={say("form.tags")}
          description={say("form.tagsHint")}
          value={draft.tags}
          error={errors["tags"]}
          onChange={(event) => change({ tags: event.currentTarget.value })}
          data-testid="probe-tags"
        />
        <Schedule draft={draft} errors={errors} onChange={change} />
      </div>
      <div className={styles.trial}>
        {kind !== "passive" && (
          <div className="row wrap">
            <Button variant="default" loading={trial.isPending} onClick={onTrial} data-testid="probe-trial">
              {say("form.trial")}
            </Button>
            <span className="soft">{say("form.trialHint")}</span>
          </div>
        )}
        {trial.isPending && (
          <div className="soft" role="status">
            {say("form.trialRunning")}
          </div>
        )}
        {isStale && !trial.isPending && <div className="soft">{say("form.trialStale")}</div>}
        {trial.data && !isStale && !trial.isPending && (
          <section className={styles.seen} aria-label={say("form.trialTitle")}>
            <ResultLine result={trial.data.result} testId="trial-result" />
            <ReportView report={trial.data.result.report} testId="trial-report" />
          </section>
        )}
        <ErrorNotice error={failure} inputs={INPUTS} />
        <div className="row">
          <Button type="submit" loading={saving} data-testid="probe-save">
            {say(known === undefined ? "form.saveAdd" : "form.save")}
          </Button>
          {cancel}
        </div>
      </div>
    </form>
  );
}

interface PartProps {
  readonly draft: ProbeDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (parts: Partial<ProbeDraft>) => void;
}

/** From where it looks, and of which server it tells. */
function ServerPickers({ draft, errors, reach, onChange }: PartProps & { readonly reach: ProbeReach }) {
  const say = useProbeTexts();
  const { loaded, servers } = useFleet();
  const all = [...servers.values()].toSorted((a, b) => naturalOrder.compare(a.name, b.name));
  const gates = all.filter(({ link }) => link === "ssh" || link === "agent");
  const isNeeded = reach === "server-only";
  const hint = loaded && gates.length === 0 ? "form.viaNone" : isNeeded ? "form.viaRuns" : "form.viaHint";
  const options = (some: typeof all, none: string, picked: string) =>
    withPicked(
      [{ value: "", label: none }, ...namedOptions(some)],
      picked,
      servers.get(picked)?.name ?? (loaded ? say("viaGone") : "…"),
    );
  return (
    <>
      {reach !== "hub-only" && (isNeeded || gates.length > 0 || draft.via !== "") && (
        <NativeSelect
          label={say("form.via")}
          description={say(hint)}
          value={draft.via}
          error={errors["via"]}
          data={options(gates, say(isNeeded ? "form.viaPick" : "viaHub"), draft.via)}
          onChange={(event) => onChange({ via: event.currentTarget.value })}
          data-testid="probe-via"
        />
      )}
      {(all.length > 0 || draft.about !== "") && (
        <NativeSelect
          label={say("form.about")}
          description={say("form.aboutHint")}
          value={draft.about}
          error={errors["about"]}
          data={options(all, say("form.aboutNone"), draft.about)}
          onChange={(event) => onChange({ about: event.currentTarget.value, service: "" })}
          data-testid="probe-about"
        />
      )}
      {draft.about !== "" && (
        <ServicePicker
          key={draft.about}
          serverId={draft.about}
          picked={draft.service}
          error={errors["service"]}
          onPick={(service) => onChange({ service })}
        />
      )}
    </>
  );
}

/** How often it looks, how long it waits, and how many results in a row count. */
function Schedule({ draft, errors, onChange }: PartProps) {
  const say = useProbeTexts();
  const isWrong = ["intervalMs", "timeoutMs", "rise", "fall"].some((input) => errors[input] !== undefined);
  const number = (
    input: "interval" | "timeout" | "rise" | "fall",
    error: string | undefined,
    description: string | undefined,
  ) => (
    <TextInput
      label={say(`form.${input}`)}
      description={description}
      inputMode="decimal"
      autoComplete="off"
      value={draft[input]}
      error={error}
      onChange={(event) => onChange({ [input]: event.currentTarget.value })}
      data-testid={`probe-${input}`}
    />
  );
  return (
    <Folded title={say("form.schedule")} isWrong={isWrong} testId="probe-schedule">
      <div className={styles.pair}>
        {number("interval", errors["intervalMs"], undefined)}
        {number("timeout", errors["timeoutMs"], undefined)}
      </div>
      <div className={styles.pair}>
        {number("rise", errors["rise"], say("form.riseHint"))}
        {number("fall", errors["fall"], say("form.fallHint"))}
      </div>
    </Folded>
  );
}
