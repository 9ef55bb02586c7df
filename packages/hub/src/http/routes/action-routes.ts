import type { ActionOutbox } from "../../commands/action-outbox.ts";
import type { ActionStore } from "../../commands/action-store.ts";
import type { ActionAnswer, CommandBus } from "../../commands/command-bus.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

export interface ActionRouteDeps {
  readonly bus: CommandBus;
  readonly store: ActionStore;
  readonly outbox: ActionOutbox;
}

type ActionRoutes = Pick<
  Handlers,
  | "POST /api/v1/actions"
  | "GET /api/v1/actions"
  | "GET /api/v1/actions/{id}"
  | "PUT /api/v1/servers/{id}/definitions/{driver}/{name}"
  | "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}"
>;

const DEFAULT_ACTIONS = 100;

export function actionRoutes({ bus, store, outbox }: ActionRouteDeps): ActionRoutes {
  return {
    "POST /api/v1/actions": async (context) => {
      const { action, args = {}, targets, reason = "" } = context.body;
      const { batchId, items } = await bus.ask(callerOf(context).actor, "http", {
        action,
        args,
        targets,
        reason,
        idempotencyKey: context.idempotencyKey,
      });
      return { batchId, items: [...items] };
    },

    "GET /api/v1/actions": async ({ query }) => ({
      items: [...(await store.list({ ...query, limit: query.limit ?? DEFAULT_ACTIONS }))],
    }),

    "GET /api/v1/actions/{id}": ({ params, query, signal }) => outbox.wait(params.id, query.waitMs ?? 0, signal),

    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": async (context) => {
      const { params, body, signal, idempotencyKey } = context;
      const { definition, secrets = {}, reason = "" } = body;
      const { id: serverId, driver, name } = params;
      const request = { serverId, driver, name, definition, secrets, reason, idempotencyKey };
      return outcomeView(await bus.define(callerOf(context).actor, "http", request, signal));
    },

    "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": async (context) => {
      const { params, signal, idempotencyKey } = context;
      const { id: serverId, driver, name } = params;
      const action = { name: "service.undefine", args: { driver, name } } as const;
      const request = { serverId, action, reason: "", idempotencyKey };
      return outcomeView(await bus.run(callerOf(context).actor, "http", request, signal));
    },
  };
}

export const outcomeView = ({ cmd, outcome, tookMs, auditSeq }: ActionAnswer) => ({
  cmd,
  outcome: outcome.is,
  detail: outcome.detail,
  tookMs,
  auditSeq,
});
