import { MusterError } from "@muster/core";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { DeployDesk } from "../../deploy/deploy-desk.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

export interface DeployRouteDeps {
  readonly bus: CommandBus;
  readonly fleet: Fleet;
  /** Undefined where the agent's program was not built. */
  readonly desk: DeployDesk | undefined;
}

type DeployRoutes = Pick<
  Handlers,
  "POST /api/v1/servers/{id}/agent" | "GET /api/v1/deployments" | "GET /api/v1/deployments/{id}"
>;

export function deployRoutes({ bus, fleet, desk }: DeployRouteDeps): DeployRoutes {
  return {
    "POST /api/v1/servers/{id}/agent": async (context) => {
      const { actor } = callerOf(context);
      const { id } = context.params;
      const { action } = context.body;
      const target = fleet.get(id)?.known.name;
      if (target === undefined) throw new MusterError("NOT_FOUND");
      const change = { name: `agent.${action}`, right: "agents.write", target, args: { serverId: id } } as const;
      return bus.change(actor, "http", change, async () => {
        if (desk === undefined)
          throw new MusterError("CONFLICT", {
            message: "This hub has no agent to give: its program was not built. Build it (npm run build).",
          });
        return desk.start(actor, id, action);
      });
    },

    "GET /api/v1/deployments": async ({ query }) => ({ items: [...(desk?.list(query.server) ?? [])] }),

    "GET /api/v1/deployments/{id}": async ({ params, query, signal }) => {
      if (desk === undefined) throw new MusterError("NOT_FOUND");
      return desk.wait(params.id, query.waitMs ?? 0, query.after, signal);
    },
  };
}
