import { incidentTitle, severityRank } from "@muster/core";
import type { IncidentDesk } from "../alerts/incident-desk.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { fleetReport, incidentList, inOrder } from "./bot-reports.ts";
import { BOT_TEXTS } from "./bot-texts.ts";
import type { BotLanguage } from "./telegram-update.ts";

/** The least that has a warn threshold behind it. */
export const WARN_RANK = severityRank("warning");

/** What `/stats` and `/warn` answer, for whoever sends it to a chat by hand. */
export function reportText(
  report: "stats" | "warn",
  language: BotLanguage,
  { fleet, incidents }: { readonly fleet: Pick<Fleet, "views">; readonly incidents: Pick<IncidentDesk, "open"> },
): string {
  const texts = BOT_TEXTS[language];
  if (report === "stats") return fleetReport(fleet.views(), texts);
  const open = incidents.open.filter(({ severity }) => severityRank(severity) >= WARN_RANK);
  return incidentList(inOrder(open), incidentTitle, texts);
}
