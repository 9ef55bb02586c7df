import { useRight } from "../../api/use-right.ts";
import { DangerSection } from "./danger-section.tsx";
import { GeneralSection } from "./general-section.tsx";
import { IdentitySection } from "./identity-section.tsx";
import { ParentsSection } from "./parents-section.tsx";
import { PingSection } from "./ping-section.tsx";
import { PolicySection } from "./policy-section.tsx";
import { useWatchedServer } from "./watch-context.ts";

/** What can be set about a server here, what the server itself allows, and how to part from it. */
export function SettingsTab() {
  const { server } = useWatchedServer();
  const mayAct = useRight("actions.read");
  const mayWrite = useRight("servers.write");
  const mayDelete = useRight("servers.delete");
  return (
    <div className="narrow">
      <GeneralSection server={server} editable={mayWrite} />
      <ParentsSection server={server} editable={mayWrite} />
      {(server.link === "agent" || server.link === "ssh") && <PolicySection server={server} />}
      {mayAct && server.link === "agent" && <PingSection server={server} />}
      <IdentitySection server={server} />
      {(mayWrite || mayDelete) && <DangerSection server={server} mayRevoke={mayWrite} mayDelete={mayDelete} />}
    </div>
  );
}
