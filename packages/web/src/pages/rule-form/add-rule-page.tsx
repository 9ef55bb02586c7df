import { Button } from "@mantine/core";
import type { ConditionName, RuleDefinition } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { BackLink } from "../../components/back-link.tsx";
import styles from "../../components/form-page.module.css";
import { KindCard } from "../../components/kind-card.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { CONDITION_NAMES, isConditionName, newRuleDraft } from "./rule-draft.ts";
import { RuleForm } from "./rule-form.tsx";

/** Adding a rule: what can be watched, and the form of the condition that is picked. */
export function AddRulePage() {
  const say = useAlertTexts();
  const { kind } = useSearch({ from: "/inside/rules/add" });
  const picked = isConditionName(kind) ? kind : undefined;
  return (
    <div className="stack" data-testid="add-rule">
      <div className="row wrap">
        <BackLink to="/rules" label={say("rule.back")} />
        <h1>
          {say("rule.add")}
          {picked !== undefined && `: ${say(`rule.group.${picked}`)}`}
        </h1>
        {picked !== undefined && (
          <Link to="/rules/add" data-testid="kind-another">
            {say("rule.another")}
          </Link>
        )}
      </div>
      {picked === undefined ? (
        <>
          <div className="soft">{say("rule.pick")}</div>
          <div className={styles.kinds}>
            {CONDITION_NAMES.map((name) => (
              <KindCard
                key={name}
                to="/rules/add"
                search={{ kind: name }}
                title={say(`rule.group.${name}`)}
                meaning={say(`rule.meaning.${name}`)}
                testId={`kind-${name}`}
              />
            ))}
          </div>
        </>
      ) : (
        <NewRule key={picked} is={picked} />
      )}
    </div>
  );
}

function NewRule({ is }: { readonly is: ConditionName }) {
  const say = useAlertTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [first] = useState(() => newRuleDraft(is));
  const add = useMutation({
    mutationFn: (rule: RuleDefinition) =>
      api("POST /api/v1/rules", { body: rule as unknown as RouteInput<"POST /api/v1/rules">["body"] }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["rules"] });
      void navigate({ to: "/rules" });
    },
  });
  return (
    <RuleForm
      first={first}
      isNew
      onSave={(rule) => add.mutate(rule)}
      saving={add.isPending}
      error={add.error}
      onForgetError={() => add.reset()}
      cancel={
        <Button component={Link} to="/rules" variant="default" c="var(--text)">
          {say("rule.cancel")}
        </Button>
      }
    />
  );
}
