import { BYTE_UNITS } from "../../i18n/format.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { comparedUnit } from "./entry-units.ts";
import type { EntryUnit } from "./entry-units.ts";
import type { RuleDraft } from "./rule-draft.ts";

const POWERS = { kib: 1, mib: 2, gib: 3, tib: 4 } as const;

/** What stands beside a number that is typed; empty for a bare number. */
export function useUnitName(): (
  name: EntryUnit["name"],
  draft: Pick<RuleDraft, "is" | "metric" | "measure">,
) => string {
  const say = useAlertTexts();
  const { locale } = useFormat();
  return (name, { is, metric, measure }) => {
    if (is === "certificate") return say("rule.unit.days");
    if (is === "log") return say("rule.unit.lines");
    const unit = comparedUnit(metric, measure);
    if (name === "percent") return "%";
    if (name === "kib" || name === "mib" || name === "gib" || name === "tib") {
      const text = (BYTE_UNITS[locale] ?? BYTE_UNITS["en"]!)[POWERS[name]]!;
      return unit === "bytes_per_second" ? say("rule.unit.perSecond", { unit: text }) : text;
    }
    if (name !== "own") return say(`rule.unit.${name}`);
    return unit === "celsius" ? "°C" : unit === "per_second" ? say("rule.unit.per_second") : "";
  };
}
