import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { hasConnection } from "../../fleet/server-state.ts";
import { DialSetup } from "../../links/dial-setup.tsx";
import { HostKeyFacts } from "../../links/host-key-facts.tsx";
import { useLink } from "../../links/use-link.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { AgentSection } from "./agent-section.tsx";
import { LinkHealth } from "./link-health.tsx";
import { LinkSettingsSection } from "./link-settings-section.tsx";
import { PushTokenSection } from "./push-token-section.tsx";
import { useWatchedServer } from "./watch-context.ts";

/** How the hub comes to a server: how that does, what it is set to, and what it must know. */
export function ConnectionTab() {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const { server } = useWatchedServer();
  const mayWrite = useRight("servers.write");
  const link = useLink(server);
  if (!hasConnection(server)) return <p className="soft">{say("settings.noTarget")}</p>;
  if (!link.data) return link.error ? <ErrorNotice error={link.error} /> : <p className="soft">{t("app.loading")}</p>;
  const { settings, hostKey } = link.data;
  return (
    <div className="narrow" data-testid="connection">
      {(server.link !== "agent" || settings.kind === "agent") && <LinkHealth server={server} mayTest={mayWrite} />}
      {settings.kind === "ssh" && <AgentSection server={server} />}
      {settings.kind === "ssh" && (
        <section className="section">
          <h2>{say("hostKey.title")}</h2>
          <HostKeyFacts keys={[[say("hostKey.approved"), hostKey]]} />
        </section>
      )}
      {settings.kind === "agent" && server.state === "pending" && mayWrite && (
        <section className="section">
          <h2>{say("dial.title")}</h2>
          <div className="soft">{say("dial.notJoined")}</div>
          <DialSetup
            key={settings.dial}
            serverId={server.id}
            name={server.name}
            dial={settings.dial}
            firstToken={undefined}
          />
        </section>
      )}
      {settings.kind === "push" ? (
        mayWrite && <PushTokenSection server={server} />
      ) : (
        <LinkSettingsSection server={server} known={{ settings, hasSecret: link.data.hasSecret }} editable={mayWrite} />
      )}
    </div>
  );
}
