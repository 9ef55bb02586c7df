import { MusterError } from "@muster/core";
import { actorName } from "../../commands/command-bus.ts";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ServiceGraph } from "../../fleet/service-graph.ts";
import type { RolloutDesk } from "../../rollouts/rollout-desk.ts";
import type { RolloutStore } from "../../rollouts/rollout-store.ts";
import { listedView, rolloutDetail, rolloutView } from "../../rollouts/rollout-view.ts";
import { callerOf, changesBy } from "../handler.ts";
import type { Handlers } from "../handler.ts";

export interface RolloutRouteDeps {
  readonly rollouts: RolloutDesk;
  readonly store: Pick<RolloutStore, "list">;
  readonly graph: ServiceGraph;
  readonly fleet: Pick<Fleet, "get">;
  readonly bus: CommandBus;
}

type RolloutRoutes = Pick<
  Handlers,
  | "GET /api/v1/services/graph"
  | "PUT /api/v1/services/{id}/needs/{needed}"
  | "DELETE /api/v1/services/{id}/needs/{needed}"
  | "GET /api/v1/rollouts"
  | "POST /api/v1/rollouts"
  | "GET /api/v1/rollouts/{id}"
  | "PUT /api/v1/rollouts/{id}"
  | "POST /api/v1/rollouts/{id}/approve"
  | "POST /api/v1/rollouts/{id}/start"
  | "POST /api/v1/rollouts/{id}/pause"
  | "POST /api/v1/rollouts/{id}/resume"
  | "POST /api/v1/rollouts/{id}/abort"
>;

const DEFAULT_ROLLOUTS = 100;

export function rolloutRoutes({ rollouts, store, graph, fleet, bus }: RolloutRouteDeps): RolloutRoutes {
  const change = changesBy(bus, "servers.write");
  return {
    "GET /api/v1/services/graph": async ({ query }) => {
      if (query.server !== undefined && fleet.get(query.server) === undefined) throw new MusterError("NOT_FOUND");
      return graph.view(query.server);
    },

    "PUT /api/v1/services/{id}/needs/{needed}": async (context) => {
      const { id, needed } = context.params;
      const { actor } = callerOf(context);
      await change(context, "service.need", id, { needs: needed }, () => graph.add(id, needed, actorName(actor)));
      return null;
    },

    "DELETE /api/v1/services/{id}/needs/{needed}": async (context) => {
      const { id, needed } = context.params;
      await change(context, "service.need-not", id, { needs: needed }, () => graph.remove(id, needed));
      return null;
    },

    "GET /api/v1/rollouts": async ({ query }) => ({
      items: (await store.list({ before: query.before, limit: query.limit ?? DEFAULT_ROLLOUTS })).map(listedView),
    }),

    "POST /api/v1/rollouts": async (context) =>
      rolloutDetail(await rollouts.plan(callerOf(context).actor, "http", context.body)),

    "GET /api/v1/rollouts/{id}": async ({ params, query, signal }) =>
      rolloutDetail(await rollouts.wait(params.id, query.waitMs ?? 0, query.after, signal)),

    "PUT /api/v1/rollouts/{id}": async (context) =>
      rolloutDetail(await rollouts.planAnew(context.params.id, callerOf(context).actor, "http", context.body)),

    "POST /api/v1/rollouts/{id}/approve": async (context) =>
      rolloutView(await rollouts.approve(context.params.id, callerOf(context).actor, "http", context.body.sha256)),

    "POST /api/v1/rollouts/{id}/start": async (context) =>
      rolloutView(await rollouts.start(context.params.id, callerOf(context).actor, "http", context.body.sha256)),

    "POST /api/v1/rollouts/{id}/pause": async (context) =>
      rolloutView(await rollouts.pause(context.params.id, callerOf(context).actor, "http")),

    "POST /api/v1/rollouts/{id}/resume": async (context) =>
      rolloutView(await rollouts.resume(context.params.id, callerOf(context).actor, "http")),

    "POST /api/v1/rollouts/{id}/abort": async (context) =>
      rolloutView(await rollouts.abort(context.params.id, callerOf(context).actor, "http", context.body.isTakenBack)),
  };
}
