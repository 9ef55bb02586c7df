import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ServerParentsView } from "@muster/protocol";
import { api } from "../../api/api.ts";
import { namedOptions } from "../../components/named-options.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { PickList } from "../../components/pick-list.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { placeName } from "../../incidents/place-name.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import type { SayAlerts } from "../../incidents/use-alert-texts.ts";
import { useProbes } from "../../probes/probes.ts";

const INPUTS = ["serverIds", "probeIds"];
const REFRESH_MS = 10_000;
const ROUND = /^would make it depend on itself: (.*)$/s;

interface ParentsSectionProps {
  readonly server: Server;
  readonly editable: boolean;
}

/** What a server stands behind: while that is down, the server is not told of. */
export function ParentsSection({ server, editable }: ParentsSectionProps) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const { id } = server;
  const queryKey = ["server-parents", id];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/parents", { params: { id }, signal }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <section className="section" data-testid="parents">
      <h2>{say("parents.title")}</h2>
      <div className="soft">{say("parents.hint")}</div>
      {query.data?.way && (
        <div className="soft">
          <ForeignText text={say("parents.way", { name: query.data.way.name })} />
        </div>
      )}
      {query.data?.heldBehind && (
        <div className="warning" role="status" data-testid="parents-held">
          <ForeignText text={say("parents.held", { name: placeName(query.data.heldBehind, say) })} />
        </div>
      )}
      <ErrorNotice error={query.error} />
      {query.isPending && <p className="soft">{t("app.loading")}</p>}
      {query.data && <ParentsForm key={id} serverId={id} known={query.data} editable={editable} />}
    </section>
  );
}

function ParentsForm({
  serverId,
  known,
  editable,
}: {
  readonly serverId: string;
  readonly known: ServerParentsView;
  readonly editable: boolean;
}) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const queries = useQueryClient();
  const { servers } = useFleet();
  const { probes } = useProbes();
  const idsOf = (is: "server" | "probe"): readonly string[] =>
    known.parents.flatMap((place) => (place.is === is ? [place.id] : []));
  const [serverIds, setServerIds] = useState(() => idsOf("server"));
  const [probeIds, setProbeIds] = useState(() => idsOf("probe"));
  const save = useMutation({
    mutationFn: () =>
      api("PUT /api/v1/servers/{id}/parents", {
        params: { id: serverId },
        body: { serverIds: [...serverIds], probeIds: [...probeIds] },
      }),
    onSuccess: (saved) => queries.setQueryData(["server-parents", serverId], saved),
  });
  const fields = useFieldErrors(save.error);
  if (!editable)
    return known.parents.length === 0 ? null : (
      <div>
        <ForeignText text={known.parents.map(({ name }) => name).join(", ")} />
      </div>
    );
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <PickList
        label={say("parents.servers")}
        find={say("parents.serversFind")}
        options={namedOptions([...servers.values()].filter(({ id }) => id !== serverId))}
        picked={serverIds}
        onPicked={setServerIds}
        error={roundText(fields["serverIds"], say)}
        testId="parents-servers"
      />
      <PickList
        label={say("parents.probes")}
        find={say("parents.probesFind")}
        options={namedOptions(probes.values())}
        picked={probeIds}
        onPicked={setProbeIds}
        error={roundText(fields["probeIds"], say)}
        testId="parents-probes"
      />
      <ErrorNotice error={save.error} inputs={INPUTS} />
      <div className="row">
        <Button type="submit" loading={save.isPending} data-testid="parents-save">
          {t("common.save")}
        </Button>
        {save.isSuccess && (
          <span className="good" role="status">
            {t("common.saved")}
          </span>
        )}
      </div>
    </form>
  );
}

/** What is wrong with what was picked; the way round is names, from this server back to it. */
function roundText(sentence: string | undefined, say: SayAlerts): string | undefined {
  const way = sentence === undefined ? undefined : ROUND.exec(sentence)?.[1];
  return way === undefined ? sentence : say("parents.round", { way: way.replaceAll(" depends on ", " → ") });
}
