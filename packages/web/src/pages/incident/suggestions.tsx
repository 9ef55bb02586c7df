import { Button } from "@mantine/core";
import type { Verb } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { askedVerb } from "../../services/asked-verb.ts";

type Suggestion = RouteAnswer<"GET /api/v1/incidents/{id}">["suggestions"][number];

/** What may help, each a button that asks before anything is done. Nothing for who may not act. */
export function Suggestions({ suggestions }: { readonly suggestions: readonly Suggestion[] }) {
  const say = useAlertTexts();
  const mayAct = useRight("actions.normal");
  if (!mayAct || suggestions.length === 0) return null;
  return (
    <section className="stack" data-testid="incident-suggestions">
      <div className="row wrap">
        <h2>{say("page.suggestions")}</h2>
        <span className="soft">{say("page.suggestionsHint")}</span>
      </div>
      <div className="row wrap">
        {suggestions.map((suggestion) => (
          <SuggestionButton key={`${suggestion.action} ${suggestion.serviceId}`} suggestion={suggestion} />
        ))}
      </div>
    </section>
  );
}

/** Opens the dialog in which any verb on a service is confirmed; that says too what stands in its way. */
function SuggestionButton({ suggestion: { action, serviceId, service: name } }: { readonly suggestion: Suggestion }) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const verb = action.slice("service.".length) as Verb;
  const service = useQuery({
    queryKey: ["service", serviceId],
    queryFn: ({ signal }) => api("GET /api/v1/services/{id}", { params: { id: serviceId }, signal }),
  });
  return (
    <Button
      variant="default"
      disabled={!service.data}
      title={service.error ? say("page.suggestionGone") : undefined}
      onClick={() => service.data && askedVerb.set({ verb, service: service.data })}
      data-testid={`suggestion-${verb}`}
    >
      {t(`verb.${verb}`)}&nbsp;
      <ForeignText text={name} />
    </Button>
  );
}
