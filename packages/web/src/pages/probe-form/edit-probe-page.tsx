import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useTitle } from "../../browser/use-title.ts";
import { BackLink } from "../../components/back-link.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { draftOfProbe } from "./probe-draft.ts";
import type { Probe } from "../../probes/probes-view.ts";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";
import { ProbeForm } from "./probe-form.tsx";
import type { ProbeBody } from "./probe-form.tsx";

/** Changing a probe. The form begins with what was there when it was opened: what changes meanwhile takes nothing away from it. */
export function EditProbePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/probes/$id/edit" });
  const query = useQuery({
    queryKey: ["probe-to-edit", id],
    queryFn: ({ signal }) => api("GET /api/v1/probes/{id}", { params: { id }, signal }),
    // Its secret may be set since, its settings changed: nothing from before may be shown.
    gcTime: 0,
  });
  useTitle(query.data?.probe.name);
  if (!query.data)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  return <KnownProbe probe={query.data.probe} />;
}

function KnownProbe({ probe }: { readonly probe: Probe }) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [first] = useState(() => draftOfProbe(probe));
  const { id } = probe;
  const save = useMutation({
    mutationFn: ({ body, secret }: { readonly body: ProbeBody; readonly secret: string | null | undefined }) =>
      api("PATCH /api/v1/probes/{id}", { params: { id }, body: { ...body, ...(secret !== undefined && { secret }) } }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["probe", id] });
      void navigate({ to: "/probes/$id", params: { id } });
    },
  });
  return (
    <div className="stack" data-testid="edit-probe">
      <div className="row wrap">
        <BackLink to="/probes/$id" params={{ id }} label={probe.name} />
        <h1>
          <ForeignText text={say("form.edit", { name: probe.name })} />
        </h1>
        <span className="soft">{naming.kindTitle(probe.kind)}</span>
      </div>
      <ProbeForm
        first={first}
        known={probe}
        onSave={(body, secret) => save.mutate({ body, secret })}
        saving={save.isPending}
        error={save.error}
        onForgetError={() => save.reset()}
        cancel={
          <Button variant="default" onClick={() => void navigate({ to: "/probes/$id", params: { id } })}>
            {say("form.cancel")}
          </Button>
        }
      />
    </div>
  );
}
