import {
  authorize,
  exampleNotices,
  isTimeZone,
  MusterError,
  noticeAsIf,
  notifierEntry,
  PREVIEWED_KINDS,
} from "@muster/core";
import type { Clock, Notice, ProbeSettings, Right } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { IncidentStore } from "../../alerts/incident-store.ts";
import type { DeliveryStore } from "../../notify/delivery-store.ts";
import { isSameTarget, targetOf } from "../../notify/notifier-desk.ts";
import type { NotifierDesk } from "../../notify/notifier-desk.ts";
import { previewOf } from "../../notify/preview.ts";
import type { NotifierDefinition } from "../../notify/notifier-store.ts";
import { callerOf, changesBy } from "../handler.ts";
import type { Handlers } from "../handler.ts";
import { settingsOf } from "./settings-of.ts";

type NotifierRoutes = Pick<
  Handlers,
  Extract<RouteName, `${string} /api/v1/notifier${string}` | `${string} /api/v1/deliveries${string}`>
>;

export interface NotifierRouteDeps {
  readonly desk: NotifierDesk;
  readonly deliveries: DeliveryStore;
  readonly incidents: Pick<IncidentStore, "byId">;
  readonly bus: CommandBus;
  readonly clock: Clock;
  readonly hubUrl: () => string;
  /** What `/stats` and `/warn` of bots answer. */
  readonly reportText: (report: "stats" | "warn", language: "en" | "ru") => string;
}

const LISTED = 100;

export function notifierRoutes({
  desk,
  deliveries,
  incidents,
  bus,
  clock,
  hubUrl,
  reportText,
}: NotifierRouteDeps): NotifierRoutes {
  const change = changesBy(bus, "notifiers.write");

  return {
    "GET /api/v1/notifiers": async () => ({ items: [...(await desk.views())] }),

    "POST /api/v1/notifiers": async (context) => {
      const { secret, ...given } = context.body;
      const definition: NotifierDefinition = {
        ...given,
        settings: settingsOf(notifierEntry(given.kind).fields, given.settings),
      };
      check(desk, undefined, definition, secret !== undefined);
      const args = { kind: definition.kind, notifier: targetOf(definition), hasSecret: secret !== undefined };
      return change(context, "notifier.add", definition.name, args, () => desk.add(definition, secret));
    },

    "PATCH /api/v1/notifiers/{id}": async (context) => {
      const { id } = context.params;
      const { secret, settings, ...given } = context.body;
      const before = desk.definition(id);
      const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const definition: NotifierDefinition = {
        ...{ ...before, ...told },
        ...(settings !== undefined && { settings: settingsOf(notifierEntry(before.kind).fields, settings) }),
      };
      const willHave = secret === undefined ? before.hasSecret && isSameTarget(before, definition) : secret !== null;
      check(desk, id, definition, willHave);
      const said = secret === undefined ? "kept" : secret === null ? "removed" : "set";
      const args = { notifierId: id, fields: Object.keys(told), notifier: targetOf(definition), secret: said };
      return change(context, "notifier.change", before.name, args, () => desk.change(id, definition, secret));
    },

    "DELETE /api/v1/notifiers/{id}": async (context) => {
      const { id } = context.params;
      const { name } = desk.definition(id);
      await change(context, "notifier.delete", name, { notifierId: id }, () => desk.delete(id));
      return null;
    },

    "POST /api/v1/notifiers/{id}/test": async (context) => {
      const { id } = context.params;
      const { name } = desk.definition(id);
      return change(context, "notifier.test", name, { notifierId: id }, () => desk.test(id, context.signal));
    },

    "POST /api/v1/notifiers/{id}/messages": async (context) => {
      const { id } = context.params;
      const { report, language } = context.body;
      const { name } = desk.definition(id);
      if ((report === undefined) === (context.body.text === undefined))
        throw new MusterError("BAD_REQUEST", { fields: { "body.text": "is needed, or a report, and not both" } });
      // What it shows to a chat its sender must be allowed to see.
      for (const right of report === undefined ? [] : REPORT_RIGHTS[report])
        if (!authorize(callerOf(context).actor, right, clock.now()).allow) throw new MusterError("FORBIDDEN");
      const text = context.body.text ?? reportText(report ?? "warn", language);
      const args = { notifierId: id, ...(report === undefined ? { text } : { report }) };
      return change(context, "notifier.say", name, args, async () => ({
        ...(await desk.say(id, text, context.signal)),
        text,
      }));
    },

    "POST /api/v1/notifier-previews": async (context) => {
      const { kind, settings, incident: id } = context.body;
      const { fields } = notifierEntry(kind);
      const names = TEMPLATES.filter((name) => Object.hasOwn(fields, name));
      const used = settingsOf(Object.fromEntries(names.map((name) => [name, fields[name]!])), pick(settings, names));
      const at = clock.now();
      return { items: (await noticesOf(id, context)).map((notice) => previewOf(kind, used, notice)) };

      async function noticesOf(wanted: string | undefined, asked: typeof context): Promise<readonly Notice[]> {
        if (wanted === undefined) return exampleNotices(at, `${hubUrl()}/incidents/example`);
        if (!authorize(callerOf(asked).actor, "incidents.read", at).allow) throw new MusterError("FORBIDDEN");
        const incident = await incidents.byId(wanted);
        if (incident === undefined)
          throw new MusterError("NOT_FOUND", { fields: { "body.incident": "there is no such incident" } });
        const url = `${hubUrl()}/incidents/${incident.id}`;
        return PREVIEWED_KINDS.map((noticed) =>
          noticeAsIf(incident, { key: `example-${noticed}`, kind: noticed, at, url }),
        );
      }
    },

    "GET /api/v1/deliveries": async ({ query }) => {
      const { state, notifier: notifierId, limit = LISTED } = query;
      const found = await deliveries.list({ state, notifierId, limit });
      return { items: found.map((delivery) => desk.deliveryView(delivery)) };
    },

    "POST /api/v1/deliveries/{id}/retry": async (context) => {
      const { id } = context.params;
      const delivery = await deliveries.byId(id);
      if (delivery === undefined) throw new MusterError("NOT_FOUND");
      const name = desk.nameOf(delivery.notifier_id) ?? "";
      return change(context, "delivery.retry", name, { deliveryId: id }, () => desk.retry(id));
    },
  };
}

const REPORT_RIGHTS = {
  stats: ["servers.read", "metrics.read"],
  warn: ["incidents.read"],
} as const satisfies Readonly<Record<"stats" | "warn", readonly Right[]>>;

/** Settings that say what is told. */
const TEMPLATES = ["titleTemplate", "textTemplate", "body"];
const pick = (settings: ProbeSettings, names: readonly string[]): ProbeSettings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));

/** Throws BAD_REQUEST, NOT_FOUND, naming the field. */
function check(desk: NotifierDesk, id: string | undefined, definition: NotifierDefinition, hasSecret: boolean): void {
  const { kind, hours, fallbackId } = definition;
  const { secret } = notifierEntry(kind);
  if (secret === "none" && hasSecret)
    throw new MusterError("BAD_REQUEST", { fields: { "body.secret": "is not used by this kind" } });
  if (secret === "required" && !hasSecret)
    throw new MusterError("BAD_REQUEST", { fields: { "body.secret": "is needed by this kind" } });
  if (hours !== null && !isTimeZone(hours.zone))
    throw new MusterError("BAD_REQUEST", { fields: { "body.hours.zone": "is no time zone that is known here" } });
  if (fallbackId === null) return;
  if (!desk.has(fallbackId))
    throw new MusterError("NOT_FOUND", { fields: { "body.fallbackId": "there is no such notifier" } });
  for (let next: string | null = fallbackId; next !== null; next = desk.definition(next).fallbackId)
    if (next === id) throw new MusterError("BAD_REQUEST", { fields: { "body.fallbackId": "leads back to this one" } });
}
