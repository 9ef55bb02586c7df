import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { DialFields } from "../../links/dial-fields.tsx";
import { DialSetup } from "../../links/dial-setup.tsx";
import { NEW_AGENT } from "../../links/link-draft.ts";
import { LINK_INPUTS, useLinkErrors, useLinkForm } from "../../links/use-link-form.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { SERVER_INPUTS, ServerName, ServerRest, useServerFields } from "./server-fields.tsx";

const INPUTS = [...SERVER_INPUTS, ...LINK_INPUTS];

/** A server whose agent the hub dials: a name and an address, then the lines to run there, and the wait for the agent. */
export function DialledAgent() {
  const say = useLinkTexts();
  const fields = useServerFields();
  const form = useLinkForm(NEW_AGENT);
  const add = useMutation({
    mutationFn: async () => {
      const link = form.settings();
      return { link, made: await api("POST /api/v1/servers", { body: { ...fields.body(), link } }) };
    },
  });
  const errors = useLinkErrors(form, add.error);
  const { draft } = form;
  if (add.data && add.data.link.kind === "agent") {
    const { link, made } = add.data;
    return (
      <>
        <DialSetup
          serverId={made.server.id}
          name={made.server.name}
          dial={link.dial}
          firstToken={made.token ?? undefined}
        />
        <div>
          <Button
            variant="default"
            onClick={() => {
              fields.again();
              form.setDraft(NEW_AGENT);
              form.untell();
              add.reset();
            }}
            data-testid="dial-again"
          >
            {say("push.again")}
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      <div className="soft">{say("dial.intro")}</div>
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          form.tell();
          fields.tell();
          if (form.isSound && fields.isSound) add.mutate();
        }}
      >
        <ServerName fields={fields} errors={errors} />
        {draft.kind === "agent" && (
          <DialFields draft={draft} errors={errors} disabled={false} onChange={form.setDraft} />
        )}
        <ServerRest fields={fields} kind="agent" errors={errors} defaultSeconds={undefined} />
        <ErrorNotice error={add.error} inputs={INPUTS} />
        <div>
          <Button type="submit" loading={add.isPending} data-testid="add-submit">
            {say("dial.make")}
          </Button>
        </div>
      </form>
    </>
  );
}
