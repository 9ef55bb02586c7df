import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format.ts";
import { resolutionWord } from "./resolution.ts";

const TEXTS = { minutes: "chart.fromMinutes", hours: "chart.fromHours", other: "chart.fromOther" } as const;

/** Says when points were not made of the readings themselves. */
export function ResolutionNote({ resolutionMs }: { readonly resolutionMs: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (resolutionMs === null) return null;
  return (
    <span className="soft" title={t("chart.fromWhy")} data-testid="resolution" data-resolution={resolutionMs}>
      {t(TEXTS[resolutionWord(resolutionMs)], { time: format.duration(resolutionMs) })}
    </span>
  );
}
