import { Button } from "@mantine/core";
import { isProbeKindName } from "@muster/core";
import type { ProbeKindName } from "@muster/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { BackLink } from "../../components/back-link.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { newProbeDraft } from "./probe-draft.ts";
import type { AboutDraft } from "./probe-draft.ts";
import { PingAddress } from "../../probes/ping-address.tsx";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";
import { KindCards } from "./kind-cards.tsx";
import { ProbeForm } from "./probe-form.tsx";
import type { ProbeBody } from "./probe-form.tsx";

/** Adding a probe: what can be looked at, and the form of the kind that is picked. */
export function AddProbePage() {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const { kind, ...about } = useSearch({ from: "/inside/probes/add" });
  const picked = kind !== undefined && isProbeKindName(kind) ? kind : undefined;
  return (
    <div className="stack" data-testid="add-probe">
      <div className="row wrap">
        <BackLink to="/probes" label={say("back")} />
        <h1>
          {say("form.add")}
          {picked !== undefined && `: ${naming.kindTitle(picked)}`}
        </h1>
        {picked !== undefined && (
          <Link to="/probes/add" search={about} data-testid="kind-another">
            {say("form.another")}
          </Link>
        )}
      </div>
      {picked === undefined ? (
        <KindCards about={about} />
      ) : (
        <>
          <div className="soft">{naming.kindMeaning(picked)}</div>
          <NewProbe key={picked} kind={picked} about={about} />
        </>
      )}
    </div>
  );
}

/** The form of a new probe. The address of a passive one is shown before anybody can leave by mistake. */
function NewProbe({ kind, about }: { readonly kind: ProbeKindName; readonly about: AboutDraft }) {
  const say = useProbeTexts();
  const navigate = useNavigate();
  const [first] = useState(() => newProbeDraft(kind, about));
  const open = (id: string): void => void navigate({ to: "/probes/$id", params: { id } });
  const add = useMutation({
    mutationFn: ({ body, secret }: { readonly body: ProbeBody; readonly secret: string | undefined }) =>
      api("POST /api/v1/probes", { body: { kind, ...body, ...(secret !== undefined && { secret }) } }),
    onSuccess({ probe, pingUrl }) {
      if (pingUrl === null) open(probe.id);
    },
  });
  const made = add.data;
  const pingUrl = made?.pingUrl ?? null;
  return (
    <>
      <ProbeForm
        first={first}
        known={undefined}
        onSave={(body, secret) => add.mutate({ body, secret: secret ?? undefined })}
        saving={add.isPending}
        error={add.error}
        onForgetError={() => add.reset()}
        cancel={
          <Button component={Link} to="/probes" variant="default" c="var(--text)">
            {say("form.cancel")}
          </Button>
        }
      />
      {made && pingUrl !== null && (
        <Dialog
          onClose={() => open(made.probe.id)}
          title={say("ping.title")}
          size="lg"
          closeOnClickOutside={false}
          testId="ping-made"
        >
          <div className="stack">
            <PingAddress pingUrl={pingUrl} />
            <div>
              <Button onClick={() => open(made.probe.id)} data-testid="ping-done">
                {say("ping.done")}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
