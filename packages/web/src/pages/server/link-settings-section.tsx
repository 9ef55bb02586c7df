import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { LinkView } from "@muster/protocol";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { draftOf, KEPT_SECRET } from "../../links/link-draft.ts";
import { LinkFields } from "../../links/link-fields.tsx";
import { LINK_INPUTS, useLinkErrors, useLinkForm } from "../../links/use-link-form.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";

type Reached = Parameters<typeof draftOf>[0];

interface LinkSettingsSectionProps {
  readonly server: Server;
  readonly known: Pick<LinkView, "hasSecret"> & { readonly settings: Reached };
  readonly editable: boolean;
}

/** Changes how a server is reached. What is kept sealed can be replaced and removed here, never read. */
export function LinkSettingsSection({ server, known, editable }: LinkSettingsSectionProps) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const queries = useQueryClient();
  const form = useLinkForm(draftOf(known.settings), known);
  const save = useMutation({
    mutationFn: () => {
      const secret = form.secretToSend();
      return api("PUT /api/v1/servers/{id}/link", {
        params: { id: server.id },
        body: { link: form.settings(), ...(secret !== undefined && { secret }) },
      });
    },
    async onSuccess() {
      form.setSecret(KEPT_SECRET);
      await queries.invalidateQueries({ queryKey: ["link", server.id] });
    },
  });
  const errors = useLinkErrors(form, save.error);
  return (
    <section className="section">
      <h2>{say("settings.title")}</h2>
      {!editable && <div className="soft">{say("settings.readOnly")}</div>}
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          form.tell();
          if (form.isSound) save.mutate();
        }}
      >
        <LinkFields
          draft={form.draft}
          secret={{ secret: form.secret, kept: form.kept, error: errors["secret"], onChange: form.setSecret }}
          errors={errors}
          disabled={!editable}
          serverId={server.id}
          onChange={form.setDraft}
        />
        <ErrorNotice error={save.error} inputs={LINK_INPUTS} />
        {editable && (
          <div className="row">
            <Button type="submit" loading={save.isPending} data-testid="link-save">
              {say("form.change")}
            </Button>
            {save.isSuccess && (
              <span className="good" role="status" data-testid="link-saved">
                {t("common.saved")}
              </span>
            )}
          </div>
        )}
      </form>
    </section>
  );
}
