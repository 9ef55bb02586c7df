import type { DeployAction } from "@muster/core";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { DeploymentSteps } from "../../links/deployment-steps.tsx";
import { useDeployment } from "../../links/use-deployment.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** What is asked before; the others can be taken back at once. */
const CONFIRMED: readonly DeployAction[] = ["deploy", "uninstall", "stop"];
const BY_LINK = { ssh: ["deploy"], agent: ["upgrade", "start", "stop", "uninstall"] } as const;

/** Puts the agent on a server that is reached by SSH, and takes it away; each step is shown as it goes on. */
export function AgentSection({ server }: { readonly server: Server }) {
  const say = useLinkTexts();
  const mayDeploy = useRight("agents.write");
  const { deployment, isBusy, asking } = useDeployment(server.id, useRight("actions.read"));
  const [asked, setAsked] = useState<DeployAction | undefined>(undefined);
  if (server.link !== "ssh" && server.link !== "agent") return null;
  const ask = (action: DeployAction): void => {
    setAsked(undefined);
    asking.mutate(action);
  };
  return (
    <section className="section" data-testid="agent" data-link={server.link}>
      <h2>{say("agent.title")}</h2>
      <div className="soft">
        {say(server.link === "ssh" ? "agent.none" : "agent.there")}{" "}
        {server.agentVersion !== null && <ForeignText text={server.agentVersion} />}
      </div>
      {mayDeploy && (
        <div className="row wrap">
          {BY_LINK[server.link].map((action) => (
            <Button
              key={action}
              variant="default"
              disabled={isBusy}
              loading={asking.isPending && asking.variables === action}
              onClick={() => (CONFIRMED.includes(action) ? setAsked(action) : ask(action))}
              data-testid={`agent-${action}`}
            >
              {say(`agent.do_${action}`)}
            </Button>
          ))}
        </div>
      )}
      {deployment !== undefined && <DeploymentSteps deployment={deployment} />}
      <ErrorNotice error={asking.error} />
      {asked !== undefined && (
        <TypedConfirm
          title={say("agent.confirmTitle", { what: say(`agent.do_${asked}`), name: server.name })}
          text={say(`agent.confirm_${asked as "deploy"}`)}
          {...(asked === "uninstall" && { word: server.name })}
          action={say(`agent.do_${asked}`)}
          busy={false}
          error={null}
          onConfirm={() => ask(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
