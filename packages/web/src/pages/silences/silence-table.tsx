import { Button } from "@mantine/core";
import type { SilenceView } from "@muster/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFleet } from "../../fleet/fleet.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { RULES } from "../../incidents/alert-queries.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { useHubSecond } from "../../live/live.ts";
import { useProbes } from "../../probes/probes.ts";
import type { SilenceStand } from "./silence-stand.ts";

interface SilenceTableProps {
  readonly stand: SilenceStand;
  readonly silences: readonly SilenceView[];
}

/** Silences that stand alike: what is meant, why, by whom and for how long. */
export function SilenceTable({ stand, silences }: SilenceTableProps) {
  const say = useAlertTexts();
  return (
    <section className="stack" data-testid={`silences-${stand}`}>
      <h2>{say(`silence.${stand}`)}</h2>
      <table className="plain">
        <thead>
          <tr>
            <th>{say("silence.what")}</th>
            <th>{say("silence.reason")}</th>
            <th>{say("silence.author")}</th>
            <th>{say("silence.from")}</th>
            <th>{say("silence.until")}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {silences.map((silence) => (
            <SilenceRow key={silence.id} stand={stand} silence={silence} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SilenceRow({ stand, silence }: { readonly stand: SilenceStand; readonly silence: SilenceView }) {
  const say = useAlertTexts();
  const format = useFormat();
  const queries = useQueryClient();
  const mayEnd = useRight("incidents.write");
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const parts = useMeant(silence.matcher);
  const now = useHubSecond();
  const { id, reason, author, from, until } = silence;
  const end = useMutation({
    mutationFn: () => api("DELETE /api/v1/silences/{id}", { params: { id } }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["silences"] });
      setAsking("no");
    },
  });
  const isPlan = stand === "planned";
  return (
    <tr data-testid="silence-row" data-silence={id}>
      <td>
        {parts.map(([name, values]) => (
          <div key={name}>
            <span className="soft">{name}:</span> <ForeignText text={values.join(", ")} />
          </div>
        ))}
      </td>
      <td>
        <ForeignText text={reason} />
      </td>
      <td data-label={say("silence.author")}>
        <ForeignText text={author} />
      </td>
      <td data-label={say("silence.from")}>
        {format.dateTime(from)}
        {isPlan && <div className="soft">{say("silence.starts", { time: format.duration(from - now) })}</div>}
      </td>
      <td data-label={say("silence.until")}>
        {format.dateTime(until)}
        {stand === "active" && (
          <div className="soft">{say("silence.left", { time: format.duration(until - now) })}</div>
        )}
      </td>
      <td className="number">
        {mayEnd && stand !== "ended" && (
          <Button variant="default" onClick={() => setAsking("yes")} data-testid="silence-end">
            {say(isPlan ? "silence.take" : "silence.end")}
          </Button>
        )}
        {asking === "yes" && (
          <TypedConfirm
            title={say(isPlan ? "silence.takeTitle" : "silence.endTitle")}
            text={say(isPlan ? "silence.takeText" : "silence.endText")}
            action={say(isPlan ? "silence.take" : "silence.end")}
            busy={end.isPending}
            error={end.error}
            onConfirm={() => end.mutate()}
            onClose={() => setAsking("no")}
          />
        )}
      </td>
    </tr>
  );
}

/** What a matcher means, by names. */
function useMeant(matcher: SilenceView["matcher"]): readonly (readonly [name: string, values: readonly string[]])[] {
  const say = useAlertTexts();
  const { servers } = useFleet();
  const { probes } = useProbes();
  const rules = useQuery(RULES);
  const gone = say("silence.gone");
  const { serverIds, tags, ruleIds, probeIds, services, severityMost } = matcher;
  const parts: readonly (readonly [string, readonly string[]])[] = [
    [say("silence.servers"), serverIds.map((id) => servers.get(id)?.name ?? gone)],
    [say("silence.tags"), tags],
    [say("silence.rules"), ruleIds.map((id) => rules.data?.items.find((rule) => rule.id === id)?.name ?? gone)],
    [say("silence.probes"), probeIds.map((id) => probes.get(id)?.name ?? gone)],
    [say("silence.services"), services],
    [say("silence.severity"), severityMost === null ? [] : [say(`severity.${severityMost}`)]],
  ];
  return parts.filter(([, values]) => values.length > 0);
}
