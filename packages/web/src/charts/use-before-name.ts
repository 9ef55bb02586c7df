import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format.ts";
import type { ChartRange } from "./chart-range.ts";

/** What the period before a range is called: "24 h earlier". */
export function useBeforeName(range: ChartRange): string {
  const { t } = useTranslation();
  const format = useFormat();
  const time = range.is === "live" ? t(`range.${range.name}`) : format.duration(range.to - range.from);
  return t("chart.earlier", { time });
}
