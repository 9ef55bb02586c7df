import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { hubNow } from "../live/live.ts";
import { IncidentNews, noticesAbility } from "./desktop-notices.ts";
import { useIncidents } from "./incidents.ts";
import type { Incident } from "./incidents-view.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

/** More at once are one notice: a hundred of them would bury the desk. */
const SINGLE_MAX = 3;

/** Tells of new incidents by the browser's own notices while the page is open, whatever it shows. Draws nothing. */
export function IncidentNotices() {
  const say = useAlertTexts();
  const router = useRouter();
  const { loaded, incidents } = useIncidents();
  const [news] = useState(() => new IncidentNews());
  useEffect(() => {
    if (!loaded || noticesAbility() !== "allowed") return;
    const fresh = news.take(incidents.values(), hubNow());
    const open = (id: string | undefined): void => {
      window.focus();
      void router.navigate(id === undefined ? { to: "/incidents" } : { to: "/incidents/$id", params: { id } });
    };
    const titleOf = ({ severity, title }: Incident): string => `${say(`severity.${severity}`)}: ${title}`;
    if (fresh.length > SINGLE_MAX) {
      const text = fresh.slice(0, SINGLE_MAX).map(titleOf).join("\n");
      show(say("notices.many", { count: fresh.length }), text, "muster-incidents", () => open(undefined));
    } else
      for (const incident of fresh) {
        const { id, servers } = incident;
        // The same name in every tab: the browser shows it once.
        show(titleOf(incident), servers.map(({ name }) => name).join(", "), `muster-${id}`, () => open(id));
      }
  }, [loaded, incidents, news, router, say]);
  return null;
}

function show(title: string, body: string, tag: string, onClick: () => void): void {
  try {
    const notice = new Notification(title, { body, tag, icon: "/icon.svg" });
    notice.onclick = () => {
      notice.close();
      onClick();
    };
  } catch {
    // Browsers of telephones have the constructor and refuse it; the page itself shows the incident.
  }
}
