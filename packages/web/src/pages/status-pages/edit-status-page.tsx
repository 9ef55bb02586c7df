import { Button } from "@mantine/core";
import type { StatusPageView } from "@muster/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useTitle } from "../../browser/use-title.ts";
import { BackLink } from "../../components/back-link.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { draftOfStatusPage } from "./status-page-draft.ts";
import type { StatusPageBody } from "./status-page-draft.ts";
import { StatusPageForm } from "./status-page-form.tsx";

/** Changing a status page. The form begins with what was there when it was opened. */
export function EditStatusPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/status-pages/$id" });
  const query = useQuery({
    queryKey: ["status-pages", "to-edit", id],
    queryFn: ({ signal }) => api("GET /api/v1/status-pages", { signal }),
    gcTime: 0,
  });
  if (!query.data)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  const page = query.data.items.find((one) => one.id === id);
  return page ? <KnownPage page={page} /> : <div className="notice warning">{t("error.NOT_FOUND")}</div>;
}

function KnownPage({ page }: { readonly page: StatusPageView }) {
  const say = useAlertTexts();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const { id } = page;
  const save = useMutation({
    mutationFn: (body: StatusPageBody) => api("PATCH /api/v1/status-pages/{id}", { params: { id }, body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["status-pages"], exact: true }),
  });
  const { name, slug, isEnabled } = save.data ?? page;
  useTitle(name);
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/status-pages/{id}", { params: { id } }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["status-pages"], exact: true });
      void navigate({ to: "/status-pages" });
    },
  });
  return (
    <div className="stack" data-testid="edit-status-page">
      <div className="row wrap">
        <BackLink to="/status-pages" label={say("statusPage.back")} />
        <h1>
          <ForeignText text={say("statusPage.edit", { name })} />
        </h1>
        {isEnabled && (
          <a href={`/status/${slug}`} target="_blank" rel="noreferrer" data-testid="status-page-open">
            {say("statusPage.open")}
          </a>
        )}
      </div>
      <StatusPageForm
        first={draftOfStatusPage(page)}
        action={say("notifier.save")}
        onSave={(body) => save.mutate(body)}
        saving={save.isPending}
        error={save.error}
        cancel={
          <>
            <Button component={Link} to="/status-pages" variant="default" c="var(--text)">
              {say("notifier.cancel")}
            </Button>
            <span className="grow" />
            <Button variant="default" onClick={() => setAsking("yes")} data-testid="status-page-delete">
              {say("notifier.delete")}
            </Button>
          </>
        }
      >
        {save.isSuccess && (
          <div className="good" role="status" data-testid="status-page-saved">
            {t("common.saved")}
          </div>
        )}
      </StatusPageForm>
      {asking === "yes" && (
        <TypedConfirm
          title={say("statusPage.deleteTitle", { name })}
          text={say("statusPage.deleteText")}
          action={say("notifier.delete")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking("no")}
        />
      )}
    </div>
  );
}
