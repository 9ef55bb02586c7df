import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { SEVERITIES } from "@muster/core";
import type { Severity } from "@muster/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api.ts";
import { namedOptions } from "../components/named-options.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { Folded } from "../components/folded.tsx";
import { PickList } from "../components/pick-list.tsx";
import { Segments } from "../components/segments.tsx";
import { useFieldErrors } from "../components/use-field-errors.ts";
import { useFleet } from "../fleet/fleet.ts";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { useProbes } from "../probes/probes.ts";
import { RULES } from "./alert-queries.ts";
import styles from "./incidents.module.css";
import { newSilenceDraft, parseSilence, SILENCE_MS } from "./silence-draft.ts";
import type { SilenceDraft, SilenceMeant } from "./silence-draft.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

interface SilenceDialogProps {
  readonly meant: SilenceMeant;
  readonly onClose: () => void;
}

const INPUTS = ["matcher", "reason", "from", "until"];

/** What is not to be told of, for how long and why: at once, or planned as a maintenance. */
export function SilenceDialog({ meant, onClose }: SilenceDialogProps) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const { servers } = useFleet();
  const { probes } = useProbes();
  const rules = useQuery(RULES);
  const [draft, setDraft] = useState(() => newSilenceDraft(meant, hubNow()));
  const [told, setTold] = useState<"not yet" | "all">("not yet");
  const change = (parts: Partial<SilenceDraft>): void => setDraft({ ...draft, ...parts });
  const save = useMutation({
    mutationFn: (body: Parameters<typeof sendSilence>[0]) => sendSilence(body),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["silences"] });
      onClose();
    },
  });
  const parsed = parseSilence(draft, hubNow());
  const problems = told === "all" && !parsed.ok ? parsed.problems : {};
  const fromHub = useFieldErrors(save.error);
  const errorOf = (input: string): string | undefined => {
    const problem = problems[input];
    if (problem === undefined) return fromHub[input];
    return problem === "needed" ? say("problem.needed") : say(`silence.${problem}`);
  };
  const isPlan = draft.begins === "later";
  return (
    <Dialog
      onClose={onClose}
      title={say(isPlan ? "silence.savePlan" : "silence.add")}
      size="lg"
      testId="silence-dialog"
    >
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTold("all");
          const now = parseSilence(draft, hubNow());
          if (now.ok) save.mutate(now.body);
        }}
      >
        <div className={styles.pair}>
          <div className={styles.field} role="group" aria-label={say("silence.begins")}>
            <div className="mantine-InputWrapper-label">{say("silence.begins")}</div>
            <Segments
              label={say("silence.begins")}
              value={draft.begins}
              options={[
                { value: "now", label: say("silence.now") },
                { value: "later", label: say("silence.planned_") },
              ]}
              onChange={(begins) => change({ begins })}
              testId="silence-begins"
            />
            {isPlan && (
              <TextInput
                type="datetime-local"
                aria-label={say("silence.from")}
                value={draft.from}
                error={errorOf("from")}
                onChange={(event) => change({ from: event.currentTarget.value })}
                data-testid="silence-from"
              />
            )}
          </div>
          <div className={styles.field} role="group" aria-label={say("silence.for")}>
            <div className="mantine-InputWrapper-label">{say("silence.for")}</div>
            <Segments
              label={say("silence.for")}
              value={String(draft.length)}
              options={[
                ...SILENCE_MS.map((lengthMs) => ({ value: String(lengthMs), label: format.span(lengthMs) })),
                { value: "custom", label: say("silence.custom") },
              ]}
              onChange={(value) => change({ length: value === "custom" ? "custom" : Number(value) })}
              testId="silence-length"
            />
            {draft.length === "custom" ? (
              <TextInput
                type="datetime-local"
                aria-label={say("silence.until")}
                value={draft.until}
                error={errorOf("until")}
                onChange={(event) => change({ until: event.currentTarget.value })}
                data-testid="silence-until"
              />
            ) : (
              errorOf("until") !== undefined && <div className="bad">{errorOf("until")}</div>
            )}
          </div>
        </div>
        <TextInput
          label={say("silence.reason")}
          description={say("silence.reasonHint")}
          value={draft.reason}
          error={errorOf("reason")}
          maxLength={500}
          data-autofocus
          onChange={(event) => change({ reason: event.currentTarget.value })}
          data-testid="silence-reason"
        />
        <div className="stack">
          <div>
            <strong>{say("silence.matcher")}</strong> <span className="soft">{say("silence.matcherHint")}</span>
            {errorOf("matcher") !== undefined && (
              <div className="bad" role="alert" data-testid="silence-matcher-error">
                {errorOf("matcher")}
              </div>
            )}
          </div>
          <PickList
            label={say("silence.servers")}
            hint={say("silence.serversHint")}
            find={say("silence.serversFind")}
            options={namedOptions(servers.values())}
            picked={draft.serverIds}
            onPicked={(serverIds) => change({ serverIds })}
            testId="silence-servers"
          />
          <PickList
            label={say("silence.rules")}
            find={say("silence.rulesFind")}
            options={namedOptions(rules.data?.items ?? [])}
            picked={draft.ruleIds}
            onPicked={(ruleIds) => change({ ruleIds })}
            testId="silence-rules"
          />
          <Folded
            title={say("silence.further")}
            isWrong={draft.probeIds.length > 0 || draft.services !== ""}
            testId="silence-more"
          >
            <PickList
              label={say("silence.probes")}
              find={say("silence.probesFind")}
              options={namedOptions(probes.values())}
              picked={draft.probeIds}
              onPicked={(probeIds) => change({ probeIds })}
              testId="silence-probes"
            />
            <div className={styles.pair}>
              <TextInput
                label={say("silence.tags")}
                description={say("silence.tagsHint")}
                value={draft.tags}
                onChange={(event) => change({ tags: event.currentTarget.value })}
                data-testid="silence-tags"
              />
              <NativeSelect
                label={say("silence.severity")}
                description={say("silence.severityHint")}
                value={draft.severityMost}
                data={[
                  { value: "", label: say("silence.severityAll") },
                  ...SEVERITIES.map((severity) => ({ value: severity, label: say(`severity.${severity}`) })),
                ]}
                onChange={(event) => change({ severityMost: event.currentTarget.value as Severity | "" })}
                data-testid="silence-severity"
              />
            </div>
            <Textarea
              label={say("silence.services")}
              description={say("silence.servicesHint")}
              rows={2}
              spellCheck={false}
              classNames={{ input: "mono" }}
              value={draft.services}
              onChange={(event) => change({ services: event.currentTarget.value })}
              data-testid="silence-services"
            />
          </Folded>
        </div>
        <ErrorNotice error={save.error} inputs={INPUTS} />
        <div className="row">
          <Button type="submit" loading={save.isPending} data-testid="silence-submit">
            {say(isPlan ? "silence.savePlan" : "silence.save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const sendSilence = (body: NonNullable<Parameters<typeof api<"POST /api/v1/silences">>[1]>["body"]) =>
  api("POST /api/v1/silences", { body });
