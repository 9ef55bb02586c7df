import { Link } from "@tanstack/react-router";
import type { Right } from "@muster/core";
import { session } from "../api/session.ts";
import { useObservable } from "../browser/observable.ts";
import detail from "../components/detail-page.module.css";
import { TAB_LINK } from "../components/tab-link.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

const TABS = [
  { to: "/incidents", key: "incidents", right: "incidents.read" },
  { to: "/incidents/history", key: "history", right: "incidents.read" },
  { to: "/silences", key: "silences", right: "incidents.read" },
  { to: "/rules", key: "rules", right: "rules.read" },
  { to: "/notifiers", key: "notifiers", right: "notifiers.read" },
  { to: "/status-pages", key: "statusPages", right: "status-pages.read" },
] as const satisfies readonly { to: string; key: string; right: Right }[];

/** The lists of alerting, side by side; each is there for whoever may see it. */
export function AlertTabs() {
  const say = useAlertTexts();
  const me = useObservable(session);
  return (
    <nav className={detail.tabs} aria-label={say("tabs.label")}>
      {TABS.filter(({ right }) => me?.rights.includes(right)).map(({ to, key }) => (
        <Link key={key} to={to} {...TAB_LINK} data-testid={`alert-tab-${key}`}>
          {say(`tabs.${key}`)}
        </Link>
      ))}
    </nav>
  );
}
