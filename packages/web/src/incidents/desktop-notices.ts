import { severityRank } from "@muster/core";
import { StoredChoice } from "../browser/stored-choice.ts";
import { isSnoozed } from "./incident-state.ts";
import type { Incident } from "./incidents-view.ts";

/** Whether the person wants to be told by the browser. */
export const noticesChoice = new StoredChoice<"on" | "off">(
  "muster.incident-notices",
  "off",
  (value): value is "on" | "off" => value === "on" || value === "off",
);

export type NoticesAbility = "allowed" | "may-ask" | "blocked" | "absent";

export function noticesAbility(): NoticesAbility {
  if (!("Notification" in globalThis) || !isSecureContext) return "absent";
  const { permission } = Notification;
  return permission === "granted" ? "allowed" : permission === "denied" ? "blocked" : "may-ask";
}

/** Asks the browser, which asks the person; only after a press, or it would say no. */
export async function askForNotices(): Promise<NoticesAbility> {
  if (noticesAbility() === "may-ask") await Notification.requestPermission();
  return noticesAbility();
}

/** What was told of an incident, or was there before anybody could be told. */
interface Told {
  readonly reopened: number;
  readonly severity: number;
}

/**
 * Which incidents are news: new, opened again, or worse than they were told. What is there at the start is none, and
 * neither is what comes whole once more after a lost connection. What is held back is news once it is not any more.
 */
export class IncidentNews {
  readonly #told = new Map<string, Told>();
  #began: "not yet" | "yes" = "not yet";

  /** The news among all that are open now, worst first. */
  take(incidents: Iterable<Incident>, now: number): readonly Incident[] {
    const news: Incident[] = [];
    const open = new Set<string>();
    for (const incident of incidents) {
      open.add(incident.id);
      const before = this.#told.get(incident.id);
      const severity = severityRank(incident.severity);
      const isNews = before === undefined || before.reopened < incident.reopened || before.severity < severity;
      if (!isNews) continue;
      const isKnown = incident.acknowledged !== null || isSnoozed(incident, now);
      if ((incident.isHeld || incident.heldBehind !== null) && this.#began === "yes") continue;
      this.#told.set(incident.id, { reopened: incident.reopened, severity });
      if (this.#began === "yes" && !isKnown) news.push(incident);
    }
    for (const id of this.#told.keys()) if (!open.has(id)) this.#told.delete(id);
    this.#began = "yes";
    return news.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity));
  }
}
