import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ActionList } from "../../actions/action-list.tsx";
import { useActions } from "../../actions/actions.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import type { ServiceColumnId } from "../../services/columns.tsx";
import { ServiceBrowser } from "../../services/service-browser.tsx";
import { useServicesOf } from "../../services/services.ts";
import styles from "../../services/services.module.css";
import { useWatchedServer } from "./watch-context.ts";

const WITHOUT: readonly ServiceColumnId[] = ["server", "driver", "cpu", "memory", "restarts"];
const NO_GROUPS = [] as const;
/** Of what was asked for; the rest is under the server's actions. */
const LAST = 3;

/** Channels of an IPTV box: how each stands, with start, restart and stop one press away, and what came of the last presses. */
export function ChannelsTab() {
  const say = useLinkTexts();
  const { server } = useWatchedServer();
  const search = useSearch({ from: "/inside/servers/$id/channels" });
  const view = useServicesOf(server.id);
  const actions = useActions();
  const channels = useMemo(
    () => new Map([...view.services].filter(([, { driver }]) => driver === "channel")),
    [view.services],
  );
  const last = actions.filter(({ serviceId }) => serviceId !== null && channels.has(serviceId)).slice(0, LAST);
  if (view.refusal !== undefined)
    return (
      <div className="notice warning">
        <ForeignText text={view.refusal} />
      </div>
    );
  if (!view.loaded || channels.size === 0)
    return <p className="soft">{say(view.loaded ? "channels.none" : "channels.waiting")}</p>;
  return (
    <div className={styles.inside} data-testid="server-channels">
      <ServiceBrowser services={channels} search={search} groups={NO_GROUPS} without={WITHOUT} />
      {last.length > 0 && (
        <section aria-label={say("channels.last")}>
          <h2>{say("channels.last")}</h2>
          <ActionList actions={last} server="hidden" />
        </section>
      )}
    </div>
  );
}
