import { Switch } from "@mantine/core";
import type { RuleDefinition } from "@muster/core";
import type { RouteInput, RuleView } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api/api.ts";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { withField } from "../../fleet/filter.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { RULES } from "../../incidents/alert-queries.ts";
import { SeverityMark } from "../../incidents/severity-mark.tsx";
import { useMayChangeRule } from "../../incidents/use-may-change-rule.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { definitionOf } from "../rule-form/rule-draft.ts";
import { conditionText, limitsText, summaryLevels } from "./rule-summary.ts";
import styles from "./rules.module.css";

/** One rule: whether it is on, what it watches, from where on it is how bad, and how much of it is open. */
export function RuleRow({ rule, openCount }: { readonly rule: RuleView; readonly openCount: number }) {
  const say = useAlertTexts();
  const format = useFormat();
  const { wholeTitle } = useChartTexts();
  const queries = useQueryClient();
  const mayChange = useMayChangeRule(rule);
  const texts = { say, format, metricTitle: wholeTitle };
  const { id, name, isEnabled } = rule;
  const definition = rule as RuleDefinition;
  const set = useMutation({
    async mutationFn(isOn: boolean) {
      // All of it is sent: as it is now, or what somebody else changed since the list was read would be undone.
      const { items } = await queries.fetchQuery({ ...RULES, staleTime: 0 });
      const now = items.find((one) => one.id === id) ?? rule;
      const next = { ...definitionOf(now as RuleDefinition), isEnabled: isOn };
      return api("PUT /api/v1/rules/{id}", {
        params: { id },
        body: next as unknown as RouteInput<"PUT /api/v1/rules/{id}">["body"],
      });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["rules"] }),
  });
  const what = [conditionText(definition.condition, texts), limitsText(definition, texts)].filter(
    (part) => part !== "",
  );
  return (
    <li className={styles.rule} data-testid="rule-row" data-rule={id} data-enabled={isEnabled}>
      <Switch
        size="xs"
        aria-label={say("rule.enabledOf", { name })}
        checked={set.isPending ? set.variables : isEnabled}
        disabled={!mayChange || set.isPending}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
        data-testid="rule-switch"
      />
      <div className={styles.what}>
        <Link to="/rules/$id" params={{ id }} className={styles.name} data-testid="rule-link">
          <ForeignText text={name} />
        </Link>
        {what.length > 0 && (
          <div className="soft">
            <ForeignText text={what.join(" · ")} />
          </div>
        )}
        {rule.logTroubles.length > 0 && (
          <div className="bad" data-testid="rule-log-troubles">
            <ForeignText
              text={say("rule.logTroubles", { count: rule.logTroubles.length, first: rule.logTroubles[0] })}
            />
          </div>
        )}
        <ErrorNotice error={set.error} />
      </div>
      <div className={styles.levels}>
        {summaryLevels(definition.condition, texts).map(({ severity, text }) => (
          <span key={severity} className={styles.level}>
            <SeverityMark severity={severity} />
            {text !== "" && <span className="soft">{text}</span>}
          </span>
        ))}
      </div>
      <div className={styles.open}>
        {openCount > 0 && (
          <Link to="/incidents" search={{ q: withField("", "rule", name) }} className="bad" data-testid="rule-open">
            {say("rule.openCount", { count: openCount })}
          </Link>
        )}
      </div>
    </li>
  );
}
