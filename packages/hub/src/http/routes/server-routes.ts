import { MusterError } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { Links } from "../../links/links.ts";
import type { MetricStore } from "../../metrics/metric-store.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";
import { outcomeView } from "./action-routes.ts";

export interface ServerRouteDeps {
  readonly fleet: Fleet;
  readonly joinTokens: JoinTokenStore;
  readonly links: Links;
  readonly metrics: MetricStore;
  readonly bus: CommandBus;
  /** Gives back to the disk what is no longer kept; does not wait for it. */
  readonly retainNow: () => void;
  /** The line an operator pastes on a new server. */
  readonly joinCommand: (token: string, name: string | null) => string;
  readonly hubUrl: () => string;
}

type ServerRoutes = Pick<
  Handlers,
  Extract<
    RouteName,
    | `${string} /api/v1/join-tokens${string}`
    | `${"GET" | "PATCH" | "DELETE"} /api/v1/servers`
    | `${"GET" | "PATCH" | "DELETE"} /api/v1/servers/{id}`
    | `${string} /api/v1/servers/{id}/${"processes" | "series" | "actions"}`
  >
>;

const DEFAULT_PROCESSES = 200;
const DEFAULT_LIFETIME_MINUTES = 15;

/** How the audit log names a join token: by the server that it is for. */
const targetOf = (name: string | null): string => name ?? "any name";

export function serverRoutes(deps: ServerRouteDeps): ServerRoutes {
  const { fleet, joinTokens, links, metrics, bus } = deps;
  const visible = (id: string): { readonly name: string } => {
    const server = fleet.get(id);
    if (!server) throw new MusterError("NOT_FOUND");
    return server.known;
  };

  return {
    "GET /api/v1/join-tokens": async () => ({ items: [...(await joinTokens.list())] }),

    "POST /api/v1/join-tokens": async (context) => {
      const { actor } = callerOf(context);
      const { name = null, tags = [], uses = 1, lifetimeMinutes = DEFAULT_LIFETIME_MINUTES } = context.body;
      const made = await bus.change(
        actor,
        "http",
        {
          name: "join-token.create",
          right: "join-tokens.write",
          target: targetOf(name),
          args: { tags, uses, lifetimeMinutes },
        },
        () => joinTokens.create({ name, tags, uses, lifetimeMinutes, createdBy: actor.user.name }),
      );
      return {
        joinToken: made.view,
        token: made.token,
        command: deps.joinCommand(made.token, name),
        hubUrl: deps.hubUrl(),
      };
    },

    "DELETE /api/v1/join-tokens/{id}": async (context) => {
      const { id } = context.params;
      const token = await joinTokens.byId(id);
      const target = token === undefined ? id : targetOf(token.name);
      const change = { name: "join-token.delete", right: "join-tokens.write", target, args: { tokenId: id } } as const;
      await bus.change(callerOf(context).actor, "http", change, () => joinTokens.delete(id));
      return null;
    },

    "GET /api/v1/servers": async () => ({ items: [...fleet.views()] }),
    "GET /api/v1/servers/{id}": async ({ params }) => fleet.view(params.id),

    "PATCH /api/v1/servers/{id}": async (context) => {
      const { id } = context.params;
      const before = visible(id);
      return bus.change(
        callerOf(context).actor,
        "http",
        { name: "server.change", right: "servers.write", target: before.name, args: { serverId: id, ...context.body } },
        async () => {
          const wasState = fleet.get(id)?.known.state;
          await fleet.change(id, context.body);
          if (context.body.state === "revoked") links.disconnect(id, "revoked");
          else if (context.body.state !== undefined && context.body.state !== wasState) links.disconnect(id, "changed");
          else if (context.body.intervalMs !== undefined && links.isConnected(id)) {
            await links
              .call(id, "interval", { intervalMs: context.body.intervalMs }, context.signal)
              .catch(() => links.disconnect(id, "changed"));
          }
          return fleet.view(id);
        },
      );
    },

    "DELETE /api/v1/servers/{id}": async (context) => {
      const { id } = context.params;
      const before = visible(id);
      await bus.change(
        callerOf(context).actor,
        "http",
        { name: "server.delete", right: "servers.delete", target: before.name, args: { serverId: id } },
        async () => {
          links.disconnect(id, "revoked");
          await fleet.delete(id);
          await metrics.deleteServer(id);
        },
      );
      deps.retainNow();
      return null;
    },

    "GET /api/v1/servers/{id}/processes": async ({ params, query, signal }) => {
      visible(params.id);
      const answer = await links.call(params.id, "processes.list", { limit: query.limit ?? DEFAULT_PROCESSES }, signal);
      return { ...answer, processes: [...answer.processes] };
    },

    "GET /api/v1/servers/{id}/series": async ({ params }) => {
      visible(params.id);
      return { items: [...(await metrics.seriesOf(params.id))] };
    },

    "POST /api/v1/servers/{id}/actions": async (context) => {
      const { action, args = {}, reason = "" } = context.body;
      const answer = await bus.run(
        callerOf(context).actor,
        "http",
        {
          serverId: context.params.id,
          action: { name: action, args },
          reason,
          idempotencyKey: context.idempotencyKey,
        },
        context.signal,
      );
      return outcomeView(answer);
    },
  };
}
