import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { parseTags } from "../../components/parse-tags.ts";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import type { Server } from "../../fleet/fleet-view.ts";

const INPUTS = ["name", "tags", "notes", "intervalMs"];

/** Name, tags, notes and interval. Only what was changed is sent. */
export function GeneralSection({ server, editable }: { readonly server: Server; readonly editable: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState(server.name);
  const [tags, setTags] = useState(server.tags.join(" "));
  const [notes, setNotes] = useState(server.notes);
  const [seconds, setSeconds] = useState(String(server.intervalMs / 1_000));
  const save = useMutation({
    mutationFn: () => {
      const intervalMs = Math.round(Number(seconds.replace(",", ".")) * 1_000);
      const body = {
        ...(name === server.name ? {} : { name }),
        ...(parseTags(tags).join(" ") === server.tags.join(" ") ? {} : { tags: parseTags(tags) }),
        ...(notes === server.notes ? {} : { notes }),
        ...(intervalMs === server.intervalMs ? {} : { intervalMs }),
      };
      return api("PATCH /api/v1/servers/{id}", { params: { id: server.id }, body });
    },
    onSuccess: (saved) => queries.setQueryData(["server", server.id], saved),
  });
  const fields = useFieldErrors(save.error);
  return (
    <section className="section" style={{ borderTop: 0 }}>
      <h2>{t("settings.general")}</h2>
      {!editable && <div className="soft">{t("settings.readOnly")}</div>}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t("settings.name")}
          value={name}
          disabled={!editable}
          error={fields["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="setting-name"
        />
        <TextInput
          label={t("settings.tags")}
          description={t("settings.tagsHint")}
          value={tags}
          disabled={!editable}
          error={fields["tags"]}
          onChange={(event) => setTags(event.currentTarget.value)}
          data-testid="setting-tags"
        />
        <TextInput
          label={t("settings.interval")}
          description={server.link === "agent" && t("settings.intervalHint")}
          inputMode="decimal"
          value={seconds}
          disabled={!editable}
          error={fields["intervalMs"] && t("settings.intervalWrong")}
          onChange={(event) => setSeconds(event.currentTarget.value)}
          data-testid="setting-interval"
        />
        <Textarea
          label={t("settings.notes")}
          value={notes}
          autosize={false}
          rows={4}
          disabled={!editable}
          error={fields["notes"]}
          onChange={(event) => setNotes(event.currentTarget.value)}
          data-testid="setting-notes"
        />
        <ErrorNotice error={save.error} inputs={INPUTS} />
        {editable && (
          <div className="row">
            <Button type="submit" loading={save.isPending} data-testid="setting-save">
              {t("common.save")}
            </Button>
            {save.isSuccess && (
              <span className="good" role="status">
                {t("common.saved")}
              </span>
            )}
          </div>
        )}
      </form>
    </section>
  );
}
