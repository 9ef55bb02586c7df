import { Button } from "@mantine/core";
import { notifierEntry } from "@muster/core";
import type { NotifierView } from "@muster/protocol";
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
import { isNotifierKind } from "../../incidents/notifier-naming.ts";
import { NotifierStateLine } from "../../incidents/notifier-state.tsx";
import { TestButton } from "../../incidents/notifier-test.tsx";
import { useAlertTexts, useNotifierNaming } from "../../incidents/use-alert-texts.ts";
import { HandMessage } from "./hand-message.tsx";
import { draftOfNotifier } from "./notifier-draft.ts";
import type { NotifierBody } from "./notifier-draft.ts";
import { NotifierForm } from "./notifier-form.tsx";
import { ownZone } from "../../browser/own-zone.ts";

/** Changing a notifier, and trying it. The form begins with what was there when it was opened. */
export function EditNotifierPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/notifiers/$id" });
  const query = useQuery({
    queryKey: ["notifiers", "to-edit", id],
    queryFn: ({ signal }) => api("GET /api/v1/notifiers", { signal }),
    // Its secret may be set since, its settings changed: nothing from before may be shown.
    gcTime: 0,
  });
  if (!query.data)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  const notifier = query.data.items.find((one) => one.id === id);
  if (!notifier || !isNotifierKind(notifier.kind)) return <div className="notice warning">{t("error.NOT_FOUND")}</div>;
  return <KnownNotifier notifier={notifier} />;
}

function KnownNotifier({ notifier }: { readonly notifier: NotifierView }) {
  const say = useAlertTexts();
  const { t } = useTranslation();
  const naming = useNotifierNaming();
  const navigate = useNavigate();
  const queries = useQueryClient();
  // What was saved is what the form goes on from, and its secret is kept then.
  const [kept, setKept] = useState({ saves: 0, notifier });
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const { id, name, kind } = notifier;
  useTitle(name);
  const save = useMutation({
    mutationFn: ({ body, secret }: { readonly body: NotifierBody; readonly secret: string | null | undefined }) =>
      api("PATCH /api/v1/notifiers/{id}", {
        params: { id },
        body: { ...body, ...(secret !== undefined && { secret }) },
      }),
    // It stays, so that what was saved can be tried.
    async onSuccess(next) {
      setKept({ saves: kept.saves + 1, notifier: next });
      await queries.invalidateQueries({ queryKey: ["notifiers"], exact: true });
    },
  });
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/notifiers/{id}", { params: { id } }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["notifiers"], exact: true });
      void navigate({ to: "/notifiers" });
    },
  });
  return (
    <div className="stack" data-testid="edit-notifier">
      <div className="row wrap">
        <BackLink to="/notifiers" label={say("notifier.back")} />
        <h1>
          <ForeignText text={say("notifier.edit", { name })} />
        </h1>
        <span className="soft">{naming.kindTitle(kind)}</span>
      </div>
      <NotifierStateLine notifier={notifier} />
      <NotifierForm
        key={kept.saves}
        first={draftOfNotifier(kept.notifier, ownZone())}
        known={kept.notifier}
        onSave={(body, secret) => save.mutate({ body, secret })}
        saving={save.isPending}
        error={save.error}
        cancel={
          <>
            <Button component={Link} to="/notifiers" variant="default" c="var(--text)">
              {say("notifier.cancel")}
            </Button>
            <span className="grow" />
            <Button variant="default" onClick={() => setAsking("yes")} data-testid="notifier-delete">
              {say("notifier.delete")}
            </Button>
          </>
        }
      >
        {kept.saves > 0 && !save.isError && (
          <div className="good" role="status" data-testid="notifier-saved">
            {t("common.saved")}
          </div>
        )}
        <TestButton notifier={notifier} />
        <span className="soft">{say("notifier.testSaved")}</span>
        {notifierEntry(kind).canSay && <HandMessage id={id} />}
      </NotifierForm>
      {asking === "yes" && (
        <TypedConfirm
          title={say("notifier.deleteTitle", { name })}
          text={say("notifier.deleteText")}
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
