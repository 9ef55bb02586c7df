import { Checkbox } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useChartTexts } from "../../charts/use-chart-texts.ts";
import { Disclosure } from "../../components/disclosure.tsx";
import { COMPARABLE } from "./compare-metrics.ts";

interface MetricPickerProps {
  readonly picked: readonly string[];
  readonly onPicked: (metrics: readonly string[]) => void;
}

/** Which metrics have a chart here. */
export function MetricPicker({ picked, onPicked }: MetricPickerProps) {
  const { t } = useTranslation();
  const texts = useChartTexts();
  const offered = [...COMPARABLE, ...picked.filter((metric) => !COMPARABLE.includes(metric))];
  return (
    <Disclosure
      label={t("compare.charts")}
      name={t("compare.charts")}
      icon={<IconChartLine size={14} aria-hidden />}
      side="left"
      width={300}
      testId="compare-metrics"
    >
      {() =>
        offered.map((metric) => (
          <Checkbox
            key={metric}
            size="xs"
            label={texts.wholeTitle(metric)}
            checked={picked.includes(metric)}
            onChange={() =>
              onPicked(picked.includes(metric) ? picked.filter((other) => other !== metric) : [...picked, metric])
            }
            data-testid={`metric-${metric}`}
          />
        ))
      }
    </Disclosure>
  );
}
