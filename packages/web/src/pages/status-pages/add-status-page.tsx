import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { BackLink } from "../../components/back-link.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { newStatusPageDraft } from "./status-page-draft.ts";
import type { StatusPageBody } from "./status-page-draft.ts";
import { StatusPageForm } from "./status-page-form.tsx";

/** Adding a status page, which nobody sees before it is switched on. */
export function AddStatusPage() {
  const say = useAlertTexts();
  const { language } = useTranslation().i18n;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (body: StatusPageBody) => api("POST /api/v1/status-pages", { body }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["status-pages"] });
      void navigate({ to: "/status-pages" });
    },
  });
  return (
    <div className="stack" data-testid="add-status-page">
      <div className="row wrap">
        <BackLink to="/status-pages" label={say("statusPage.back")} />
        <h1>{say("statusPage.add")}</h1>
      </div>
      <StatusPageForm
        first={newStatusPageDraft(language === "ru" ? "ru" : "en")}
        action={say("statusPage.saveAdd")}
        onSave={(body) => save.mutate(body)}
        saving={save.isPending}
        error={save.error}
        cancel={
          <Button component={Link} to="/status-pages" variant="default" c="var(--text)">
            {say("notifier.cancel")}
          </Button>
        }
      />
    </div>
  );
}
