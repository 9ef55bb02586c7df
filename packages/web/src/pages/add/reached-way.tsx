import { Button, Checkbox } from "@mantine/core";
import type { LinkTest, RouteInput } from "@muster/protocol";
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
const DEFAULT_SECONDS = { agent: undefined, ssh: undefined, pull: 30 } as const;

type Body = RouteInput<"POST /api/v1/link-tests">["body"];

/** A server that the hub goes out for, by SSH or over HTTP: filled in, tried, its host key looked at, then added. */
export function ReachedWay({ first }: { readonly first: LinkDraft }) {
  const say = useLinkTexts();
  const navigate = useNavigate();
  const fields = useServerFields();
  const form = useLinkForm(first);
  const { draft } = form;
  const [accepted, setAccepted] = useState<string>();
  const isSought = draft.kind === "pull" && draft.adapter === "find";
  const body = (): Body => ({ link: form.settings(), ...secretPart(form.secretToSend()) });

  const trial = useMutation({
    mutationFn: (asked: Body) => (isSought ? findOut(asked) : test(asked)),
    onSuccess({ asked: { link }, result }) {
      if (isSought && link.kind === "pull" && result.adapter !== null)
        form.setDraft({ ...draft, adapter: result.adapter });
    },
  });
  const add = useMutation({
    mutationFn: () => api("POST /api/v1/servers", { body: { ...fields.body(), ...body() } }),
    onSuccess({ server }) {
      if (accepted !== undefined) noteApproved(server.id, accepted);
      // Its first turn may be a whole interval away. What fails here the server's page tells.
      if (draft.kind === "pull")
        api("POST /api/v1/servers/{id}/refresh", { params: { id: server.id } }).catch(() => undefined);
      void navigate({ to: "/servers/$id", params: { id: server.id } });
    },
  });
  const errors = useLinkErrors(form, add.error, trial.error);
  const isStale = trial.data !== undefined && form.isSound && !isSame(body(), trial.data.asked);
  const onTest = (): void => {
    form.tell();
    add.reset();
    setAccepted(undefined);
    if (form.isSound) trial.mutate(body());
  };
  const submit = (): void => {
    form.tell();
    fields.tell();
    if (form.isSound && fields.isSound && !isSought) add.mutate();
  };
  const shownKey = isStale ? null : (trial.data?.result.hostKey ?? null);
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
        <ServerName fields={fields} errors={errors} />
        <LinkFields
          draft={draft}
          secret={{ secret: form.secret, kept: "none", error: errors["secret"], onChange: form.setSecret }}
          errors={fields.isTold && isSought ? { ...errors, adapter: say("pull.findFirst") } : errors}
          disabled={false}
          onChange={form.setDraft}
        />
        <ServerRest fields={fields} kind={draft.kind} errors={errors} defaultSeconds={DEFAULT_SECONDS[draft.kind]} />
      </div>
      <div className={`stack ${own.trial}`}>
        <div>
          <Button variant="default" loading={trial.isPending} onClick={onTest} data-testid="link-try">
            {say("test.test")}
          </Button>
        </div>
        {trial.isPending && (
          <div className="soft" role="status">
            {say("test.running")}
          </div>
        )}
        {isStale && <div className="soft">{say("test.stale")}</div>}
        {trial.data && !isStale && <LinkTestSteps result={trial.data.result} />}
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

const isSame = (one: Body, other: Body): boolean => JSON.stringify(one) === JSON.stringify(other);

async function test(asked: Body): Promise<{ readonly asked: Body; readonly result: LinkTest }> {
  return { asked, result: await api("POST /api/v1/link-tests", { body: asked }) };
}

/** Tests any kind; where another one answers, that one. */
async function findOut(asked: Body): ReturnType<typeof test> {
  const first = await test(asked);
  const found = first.result.adapter;
  if (asked.link.kind !== "pull" || found === null || found === asked.link.adapter) return first;
  return test({ ...asked, link: { ...asked.link, adapter: found } });
}
