import { Button, Checkbox } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { noteApproved } from "../../links/approved-keys.ts";
import { HostKeyFacts } from "../../links/host-key-facts.tsx";
import type { LinkDraft } from "../../links/link-draft.ts";
import { LinkFields } from "../../links/link-fields.tsx";
import { LinkTestSteps } from "../../links/link-test-steps.tsx";
import styles from "../../links/links.module.css";
import { LINK_INPUTS, useLinkErrors, useLinkForm } from "../../links/use-link-form.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import own from "./add.module.css";
import { SERVER_INPUTS, ServerName, ServerRest, useServerFields } from "./server-fields.tsx";

const INPUTS = [...SERVER_INPUTS, ...LINK_INPUTS];
const DEFAULT_SECONDS = { ssh: undefined, pull: 30 } as const;

/** A server that the hub goes out for, by SSH or over HTTP: filled in, tried, its host key looked at, then added. */
export function ReachedWay({ first }: { readonly first: LinkDraft }) {
  const say = useLinkTexts();
  const navigate = useNavigate();
  const fields = useServerFields();
  const form = useLinkForm(first);
  const { draft } = form;
  const [told, setTold] = useState<"not yet" | "all">("not yet");
  const [accepted, setAccepted] = useState<string>();
  const isSought = draft.kind === "pull" && draft.adapter === "find";
  const body = () => ({ link: form.settings(), ...secretPart(form.secretToSend()) });

  const trial = useMutation({
    mutationFn: (asked: ReturnType<typeof body>) => api("POST /api/v1/link-tests", { body: asked }),
    onSuccess(result, asked) {
      if (isSought && asked.link.kind === "pull" && result.adapter !== null)
        form.setDraft({ ...draft, adapter: result.adapter });
    },
  });
  const add = useMutation({
    mutationFn: () => api("POST /api/v1/servers", { body: { ...fields.body(), ...body() } }),
    onSuccess({ server }) {
      if (accepted !== undefined) noteApproved(server.id, accepted);
      void navigate({ to: "/servers/$id", params: { id: server.id } });
    },
  });
  const errors = useLinkErrors(form, add.error, trial.error);
  const isStale = trial.data !== undefined && form.isSound && !isSame(body(), trial.variables, trial.data.adapter);
  const test = (): void => {
    form.tell();
    add.reset();
    setAccepted(undefined);
    if (form.isSound) trial.mutate(body());
  };
  const submit = (): void => {
    form.tell();
    setTold("all");
    if (form.isSound && fields.isSound && !isSought) add.mutate();
  };
  const shownKey = isStale ? null : (trial.data?.hostKey ?? null);
  return (
    <form
      className={own.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="form">
        <ServerName fields={fields} errors={errors} told={told === "all"} />
        <LinkFields
          draft={draft}
          secret={{ secret: form.secret, kept: "none", error: errors["secret"], onChange: form.setSecret }}
          errors={told === "all" && isSought ? { ...errors, adapter: say("pull.findFirst") } : errors}
          disabled={false}
          onChange={form.setDraft}
        />
        <ServerRest fields={fields} kind={draft.kind} errors={errors} defaultSeconds={DEFAULT_SECONDS[draft.kind]} />
      </div>
      <div className={`stack ${own.trial}`}>
        <div>
          <Button variant="default" loading={trial.isPending} onClick={test} data-testid="link-try">
            {say("test.test")}
          </Button>
        </div>
        {trial.isPending && (
          <div className="soft" role="status">
            {say("test.running")}
          </div>
        )}
        {isStale && <div className="soft">{say("test.stale")}</div>}
        {trial.data && !isStale && <LinkTestSteps result={trial.data} />}
        {shownKey && (
          <div className={styles.shown} data-testid="shown-host-key">
            <HostKeyFacts keys={[[say("hostKey.shown"), shownKey]]} />
            <div className="soft">{say("hostKey.compare")}</div>
            <Checkbox
              label={say("hostKey.accept")}
              checked={accepted === shownKey.fingerprint}
              onChange={(event) => setAccepted(event.currentTarget.checked ? shownKey.fingerprint : undefined)}
              data-testid="host-key-accept"
            />
          </div>
        )}
        <ErrorNotice error={add.error ?? trial.error} inputs={INPUTS} />
        <div>
          <Button type="submit" loading={add.isPending} data-testid="add-submit">
            {say("form.add")}
          </Button>
        </div>
      </div>
    </form>
  );
}

const secretPart = (secret: string | null | undefined): { readonly secret?: string } =>
  typeof secret === "string" ? { secret } : {};

/** Whether it is what was tested, or differs only in what the test found out. */
function isSame<Body extends { readonly link: object }>(now: Body, tested: Body, found: string | null): boolean {
  const text = (body: Body): string =>
    JSON.stringify({ ...body, link: { ...body.link, ...(found && { adapter: found }) } });
  return text(now) === text(tested);
}
