import { Button } from "@mantine/core";
import { NOTIFIER_KIND_NAMES } from "@muster/core";
import type { NotifierKindName } from "@muster/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { BackLink } from "../../components/back-link.tsx";
import styles from "../../components/form-page.module.css";
import { KindCard } from "../../components/kind-card.tsx";
import { isNotifierKind } from "../../incidents/notifier-naming.ts";
import { useAlertTexts, useNotifierNaming } from "../../incidents/use-alert-texts.ts";
import { newNotifierDraft } from "./notifier-draft.ts";
import type { NotifierBody } from "./notifier-draft.ts";
import { NotifierForm } from "./notifier-form.tsx";
import { ownZone } from "../../browser/own-zone.ts";

/** Adding a notifier: where can be told, and the form of the kind that is picked. */
export function AddNotifierPage() {
  const say = useAlertTexts();
  const naming = useNotifierNaming();
  const { kind } = useSearch({ from: "/inside/notifiers/add" });
  const picked = kind !== undefined && isNotifierKind(kind) ? kind : undefined;
  return (
    <div className="stack" data-testid="add-notifier">
      <div className="row wrap">
        <BackLink to="/notifiers" label={say("notifier.back")} />
        <h1>
          {say("notifier.add")}
          {picked !== undefined && `: ${naming.kindTitle(picked)}`}
        </h1>
        {picked !== undefined && (
          <Link to="/notifiers/add" data-testid="kind-another">
            {say("notifier.another")}
          </Link>
        )}
      </div>
      {picked === undefined ? (
        <>
          <div className="soft">{say("notifier.pick")}</div>
          <div className={styles.kinds}>
            {NOTIFIER_KIND_NAMES.map((name) => (
              <KindCard
                key={name}
                to="/notifiers/add"
                search={{ kind: name }}
                title={naming.kindTitle(name)}
                meaning={naming.kindMeaning(name)}
                testId={`kind-${name}`}
              />
            ))}
          </div>
        </>
      ) : (
        <>
          <div className="soft">{naming.kindMeaning(picked)}</div>
          <NewNotifier key={picked} kind={picked} />
        </>
      )}
    </div>
  );
}

function NewNotifier({ kind }: { readonly kind: NotifierKindName }) {
  const say = useAlertTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [first] = useState(() => newNotifierDraft(kind, ownZone()));
  const add = useMutation({
    mutationFn: ({ body, secret }: { readonly body: NotifierBody; readonly secret: string | undefined }) =>
      api("POST /api/v1/notifiers", { body: { kind, ...body, ...(secret !== undefined && { secret }) } }),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ["notifiers"] });
      // There it can be tried at once.
      void navigate({ to: "/notifiers/$id", params: { id } });
    },
  });
  return (
    <NotifierForm
      first={first}
      known={undefined}
      onSave={(body, secret) => add.mutate({ body, secret: secret ?? undefined })}
      saving={add.isPending}
      error={add.error}
      cancel={
        <Button component={Link} to="/notifiers" variant="default" c="var(--text)">
          {say("notifier.cancel")}
        </Button>
      }
    />
  );
}
