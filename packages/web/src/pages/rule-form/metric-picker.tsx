import { NativeSelect, TextInput } from "@mantine/core";
import { findMetric, METRICS } from "@muster/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CHART_SECTIONS, SECTION_OF } from "../../charts/chart-spec.ts";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { keepFormOpen } from "../../components/keep-form-open.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import styles from "../../components/form-page.module.css";

interface MetricPickerProps {
  readonly metric: string;
  readonly error: string | undefined;
  readonly onMetric: (metric: string) => void;
}

const CUSTOM = "";

/** A metric of the catalogue by what it is called, or any other by its name. */
export function MetricPicker({ metric, error, onMetric }: MetricPickerProps) {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const texts = useChartTexts();
  const [find, setFind] = useState("");
  const [own, setOwn] = useState<"catalogue" | "custom">(findMetric(metric) ? "catalogue" : "custom");
  const wanted = find.trim().toLocaleLowerCase();
  const groupOf = (group: (typeof METRICS)[number]["group"]): string =>
    group === "service"
      ? t("nav.services")
      : group === "probe"
        ? t("nav.probes")
        : texts.sectionTitle(SECTION_OF[group]);
  const options = METRICS.map(({ name, group }) => ({
    value: name,
    label: texts.wholeTitle(name),
    group: groupOf(group),
  })).filter(
    ({ value, label }) =>
      value === metric || wanted === "" || value.includes(wanted) || label.toLocaleLowerCase().includes(wanted),
  );
  const order = [...CHART_SECTIONS.map(texts.sectionTitle), t("nav.services"), t("nav.probes")];
  const groups = order.flatMap((group) => {
    const items = options.filter((one) => one.group === group).map(({ value, label }) => ({ value, label }));
    return items.length === 0 ? [] : [{ group, items }];
  });
  return (
    <>
      <div className={styles.pair}>
        <NativeSelect
          label={say("rule.metric")}
          value={own === "custom" ? CUSTOM : metric}
          error={own === "catalogue" && error}
          data={[...groups, { value: CUSTOM, label: say("rule.metricCustom") }]}
          onChange={(event) => {
            const picked = event.currentTarget.value;
            setOwn(picked === CUSTOM ? "custom" : "catalogue");
            if (picked !== CUSTOM) onMetric(picked);
          }}
          data-testid="rule-metric"
        />
        <TextInput
          label={say("rule.metricFind")}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
          onKeyDown={keepFormOpen}
          data-testid="rule-metric-find"
        />
      </div>
      {own === "custom" && (
        <TextInput
          label={say("rule.metricName")}
          classNames={{ input: "mono" }}
          spellCheck={false}
          autoCapitalize="off"
          value={metric}
          error={error}
          onChange={(event) => onMetric(event.currentTarget.value)}
          data-testid="rule-metric-name"
        />
      )}
    </>
  );
}
