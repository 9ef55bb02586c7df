import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import list from "../../components/list.module.css";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { RULES } from "../../incidents/alert-queries.ts";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { useIncidents } from "../../incidents/incidents.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { CONDITION_NAMES } from "../rule-form/rule-draft.ts";
import { RuleRow } from "./rule-row.tsx";
import styles from "./rules.module.css";

/** Everything that is watched, by what it watches. */
export function RulesPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const mayChange = useRight("rules.write");
  const { loaded, incidents } = useIncidents();
  const query = useQuery(RULES);
  const rules = query.data?.items ?? [];
  const openByRule = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { ruleId } of incidents.values()) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1);
    return counts;
  }, [incidents]);
  // Live where the socket tells, otherwise as it was when the rules were read.
  const openOf = (id: string, counted: number): number => (loaded ? (openByRule.get(id) ?? 0) : counted);
  return (
    <div className="stack" data-testid="rules-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("rule.title")}</h1>
        <span className="grow" />
        {mayChange && (
          <Button
            component={Link}
            to="/rules/add"
            variant="default"
            c="var(--text)"
            leftSection={<IconPlus size={14} aria-hidden />}
            data-testid="rule-add"
          >
            {say("rule.add")}
          </Button>
        )}
      </div>
      <AlertTabs />
      <ErrorNotice error={query.error} />
      {query.isPending && <p className="soft">{t("app.loading")}</p>}
      {query.data && rules.length === 0 && <p className="warning">{say("rule.none")}</p>}
      {CONDITION_NAMES.map((is) => {
        const some = rules
          .filter(({ condition }) => condition.is === is)
          .toSorted((a, b) => naturalOrder.compare(a.name, b.name));
        return (
          some.length > 0 && (
            <section key={is} className={styles.group} data-testid={`rules-${is}`}>
              <h2>{say(`rule.group.${is}`)}</h2>
              <ul className={styles.rules}>
                {some.map((rule) => (
                  <RuleRow key={rule.id} rule={rule} openCount={openOf(rule.id, rule.openCount)} />
                ))}
              </ul>
            </section>
          )
        );
      })}
    </div>
  );
}
