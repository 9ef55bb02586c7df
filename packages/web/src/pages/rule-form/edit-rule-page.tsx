import { Button } from "@mantine/core";
import { fileOfRule } from "@muster/core";
import type { RuleDefinition } from "@muster/core";
import type { RouteInput, RuleView } from "@muster/protocol";
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
import { useMayChangeRule } from "../../incidents/use-may-change-rule.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { draftOfRule } from "./rule-draft.ts";
import { RuleForm } from "./rule-form.tsx";

/** Changing a rule. The form begins with what was there when it was opened: what changes meanwhile takes nothing away from it. */
export function EditRulePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/rules/$id" });
  const query = useQuery({
    queryKey: ["rules", "to-edit", id],
    queryFn: ({ signal }) => api("GET /api/v1/rules", { signal }),
    gcTime: 0,
  });
  if (!query.data)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  const rule = query.data.items.find((one) => one.id === id);
  return rule ? <KnownRule rule={rule} /> : <div className="notice warning">{t("error.NOT_FOUND")}</div>;
}

function KnownRule({ rule }: { readonly rule: RuleView }) {
  const say = useAlertTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayChange = useMayChangeRule(rule);
  const [first] = useState(() => draftOfRule(rule as RuleDefinition));
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const { id } = rule;
  const file = fileOfRule(rule);
  useTitle(rule.name);
  const leave = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ["rules"], exact: true });
    void navigate({ to: "/rules" });
  };
  const save = useMutation({
    mutationFn: (next: RuleDefinition) =>
      api("PUT /api/v1/rules/{id}", {
        params: { id },
        body: next as unknown as RouteInput<"PUT /api/v1/rules/{id}">["body"],
      }),
    onSuccess: leave,
  });
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/rules/{id}", { params: { id } }),
    onSuccess: leave,
  });
  return (
    <div className="stack" data-testid="edit-rule">
      <div className="row wrap">
        <BackLink to="/rules" label={say("rule.back")} />
        <h1>
          <ForeignText text={say("rule.edit", { name: rule.name })} />
        </h1>
        <span className="soft">{say(`rule.group.${rule.condition.is}`)}</span>
        {file !== undefined ? (
          <span className="tag">
            <ForeignText text={say("rule.fromFile", { file })} />
          </span>
        ) : (
          rule.origin !== null && <span className="tag">{say("rule.fromProgram")}</span>
        )}
      </div>
      {/* Who may not change it reads it all the same. */}
      <fieldset className="bare" disabled={!mayChange}>
        <RuleForm
          first={first}
          isNew={false}
          onSave={(next) => save.mutate(next)}
          saving={save.isPending}
          error={save.error}
          onForgetError={() => save.reset()}
          cancel={
            <>
              <Button component={Link} to="/rules" variant="default" c="var(--text)">
                {say("rule.cancel")}
              </Button>
              <span className="grow" />
              <Button variant="default" onClick={() => setAsking("yes")} data-testid="rule-delete">
                {say("rule.delete")}
              </Button>
            </>
          }
        />
      </fieldset>
      {asking === "yes" && (
        <TypedConfirm
          title={say("rule.deleteTitle", { name: rule.name })}
          text={
            <>
              {say("rule.deleteText")}
              {rule.origin !== null && ` ${say("rule.reset")}`}
            </>
          }
          action={say("rule.delete")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking("no")}
        />
      )}
    </div>
  );
}
