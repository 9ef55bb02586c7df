import { MusterError } from "@muster/core";
import type { RuleDefinition } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import { checkRule } from "../../alerts/alert-desk.ts";
import type { AlertDesk } from "../../alerts/alert-desk.ts";
import type { RulePreviews } from "../../alerts/rule-previews.ts";
import { actorRef } from "../../commands/actor-ref.ts";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { LogAccess } from "../../logs/log-access.ts";
import type { NotifierDesk } from "../../notify/notifier-desk.ts";
import { callerOf, changesBy } from "../handler.ts";
import type { HandlerContext, Handlers } from "../handler.ts";

type RuleRoutes = Pick<
  Handlers,
  Extract<RouteName, `${string} /api/v1/rules${string}` | `${string} /api/v1/rule-previews`>
>;

export interface RuleRouteDeps {
  readonly alerts: AlertDesk;
  readonly previews: RulePreviews;
  readonly fleet: Pick<Fleet, "get">;
  readonly notifiers: Pick<NotifierDesk, "has">;
  readonly logs: Pick<LogAccess, "may">;
  readonly bus: CommandBus;
}

export function ruleRoutes({ alerts, previews, fleet, notifiers, logs, bus }: RuleRouteDeps): RuleRoutes {
  const change = changesBy(bus, "rules.write");
  /** What a rule names is there. */
  const check = (definition: RuleDefinition): void => {
    definition.overrides.forEach(({ serverId }, index) => {
      if (fleet.get(serverId) === undefined)
        throw new MusterError("NOT_FOUND", {
          fields: { [`body.overrides.${index}.serverId`]: "there is no such server" },
        });
    });
    definition.notifierIds?.forEach((id, index) => {
      if (!notifiers.has(id))
        throw new MusterError("NOT_FOUND", {
          fields: { [`body.notifierIds.${index}`]: "there is no such notifier" },
        });
    });
  };

  /** Whoever has logs looked through must be one who may read them. */
  const checkReader = ({ condition }: RuleDefinition, context: Parameters<typeof callerOf>[0]): void => {
    if (condition.is === "log" && !logs.may(callerOf(context).actor))
      throw new MusterError("FORBIDDEN", { message: "A rule that looks through logs needs the right to read them." });
  };

  return {
    "GET /api/v1/rules": async () => ({ items: alerts.rules.map(({ id }) => alerts.view(id)) }),

    "POST /api/v1/rules": async (context) => {
      const definition = definitionOf(context.body);
      check(definition);
      checkReader(definition, context);
      const owner = JSON.stringify(actorRef(callerOf(context).actor));
      const { id } = await change(context, "rule.add", definition.name, { is: definition.condition.is }, () =>
        alerts.add(definition, owner),
      );
      return alerts.view(id);
    },

    "PUT /api/v1/rules/{id}": async (context) => {
      const { id } = context.params;
      const { name } = alerts.rule(id);
      const definition = definitionOf(context.body);
      check(definition);
      checkReader(definition, context);
      const owner = JSON.stringify(actorRef(callerOf(context).actor));
      const args = { ruleId: id, name: definition.name, isEnabled: definition.isEnabled };
      await change(context, "rule.change", name, args, () => alerts.change(id, definition, owner));
      return alerts.view(id);
    },

    "DELETE /api/v1/rules/{id}": async (context) => {
      const { id } = context.params;
      const { name } = alerts.rule(id);
      await change(context, "rule.delete", name, { ruleId: id }, () => alerts.delete(id));
      return null;
    },

    "POST /api/v1/rule-previews": async ({ body, signal }) => {
      const definition = definitionOf(body.rule);
      checkRule(definition, "body.rule");
      return previews.preview(definition, { from: body.from, until: body.to }, signal);
    },
  };
}

/** What came in, without what was left out. */
const definitionOf = (body: HandlerContext<"POST /api/v1/rules">["body"]): RuleDefinition => {
  const { condition } = body;
  if (!("severities" in condition)) return body as RuleDefinition;
  const severities = Object.fromEntries(Object.entries(condition.severities).filter(([, one]) => one !== undefined));
  return { ...body, condition: { ...condition, severities } } as RuleDefinition;
};
