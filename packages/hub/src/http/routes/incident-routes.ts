import { authorize, severityRank } from "@muster/core";
import type { Clock, Incident, Silence, Writable } from "@muster/core";
import { MusterError } from "@muster/core";
import type { IncidentMemberView, RouteName, SilenceView } from "@muster/protocol";
import type { Asking, IncidentChanges } from "../../alerts/incident-changes.ts";
import type { IncidentEvidence } from "../../alerts/incident-evidence.ts";
import type { IncidentDesk } from "../../alerts/incident-desk.ts";
import type { IncidentStore } from "../../alerts/incident-store.ts";
import type { ServerParents } from "../../alerts/server-parents.ts";
import type { SilenceStore } from "../../alerts/silence-store.ts";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ServiceDirectory } from "../../fleet/service-directory.ts";
import type { DeliveryStore } from "../../notify/delivery-store.ts";
import type { NotifierDesk } from "../../notify/notifier-desk.ts";
import { callerOf } from "../handler.ts";
import type { HandlerContext, Handlers } from "../handler.ts";

type IncidentRoutes = Pick<
  Handlers,
  Extract<
    RouteName,
    | `${string} /api/v1/incidents${string}`
    | `${string} /api/v1/silences${string}`
    | `${string} /api/v1/servers/{id}/parents`
  >
>;

export interface IncidentRouteDeps {
  readonly incidents: IncidentDesk;
  readonly store: IncidentStore;
  readonly evidence: IncidentEvidence;
  readonly silences: SilenceStore;
  readonly deliveries: DeliveryStore;
  readonly notifiers: Pick<NotifierDesk, "deliveryView">;
  readonly services: ServiceDirectory;
  readonly changes: IncidentChanges;
  readonly parents: ServerParents;
  readonly fleet: Pick<Fleet, "get">;
  readonly bus: Pick<CommandBus, "change">;
  readonly clock: Clock;
}

const LISTED = 100;
const MEMBERS_SHOWN_MAX = 500;
const DELIVERIES_SHOWN_MAX = 200;

export function incidentRoutes(deps: IncidentRouteDeps): IncidentRoutes {
  const { incidents, store, evidence, silences, deliveries, notifiers, changes, parents, clock } = deps;
  const known = async (id: string): Promise<Incident> => {
    const incident = await store.byId(id);
    if (incident === undefined) throw new MusterError("NOT_FOUND");
    return incident;
  };
  const askingOf = (context: Pick<HandlerContext<RouteName>, "caller">): Asking => ({
    actor: callerOf(context).actor,
    door: "http",
  });

  return {
    "GET /api/v1/servers/{id}/parents": async ({ params }) => parents.view(params.id),

    "PUT /api/v1/servers/{id}/parents": async (context) => {
      const { id } = context.params;
      const server = deps.fleet.get(id)?.known;
      if (server === undefined) throw new MusterError("NOT_FOUND");
      const args = { serverId: id, ...context.body };
      const change = { name: "server.parents", right: "servers.write", target: server.name, args } as const;
      await deps.bus.change(callerOf(context).actor, "http", change, () => parents.set(id, context.body));
      return parents.view(id);
    },

    "GET /api/v1/incidents": async ({ query }) => {
      const { state, server: serverId, limit = LISTED, before } = query;
      const found = await store.list({ state, serverId, limit, before });
      return { items: found.map((incident) => incidents.view(incident)) };
    },

    "GET /api/v1/incidents/{id}": async (context) => {
      const incident = await known(context.params.id);
      const { actor } = callerOf(context);
      const may = (right: "logs.read" | "actions.read"): boolean => authorize(actor, right, clock.now()).allow;
      const seen = await evidence.of(incident.id);
      const told = await deliveries.list({ incidentId: incident.id, limit: DELIVERIES_SHOWN_MAX });
      return {
        incident: incidents.view(incident),
        members: shownMembers(incident, deps.services),
        timeline: [...(await store.entries(incident.id))],
        deliveries: told.map((delivery) => notifiers.deliveryView(delivery)),
        // Whoever may not read logs or actions does not read them here either.
        evidence:
          seen === null
            ? null
            : {
                ...seen,
                ...(!may("logs.read") && { logLines: [] }),
                ...(!may("actions.read") && { actions: [] }),
              },
        suggestions: evidence.suggestions(incident),
        holds: heldView(parents.heldBy(incident)),
      };
    },

    "POST /api/v1/incidents/{id}/acknowledge": async (context) => {
      const { isAcknowledged } = context.body;
      return incidents.view(await changes.acknowledge(askingOf(context), context.params.id, isAcknowledged));
    },

    "POST /api/v1/incidents/{id}/snooze": async (context) =>
      incidents.view(await changes.snooze(askingOf(context), context.params.id, context.body.until)),

    "POST /api/v1/incidents/{id}/notes": async (context) =>
      incidents.view(await changes.note(askingOf(context), context.params.id, context.body.text)),

    "GET /api/v1/silences": async ({ query }) => {
      const now = clock.now();
      return {
        items: silences.all.filter(({ until }) => query.ended === "true" || until > now).map((one) => view(one, now)),
      };
    },

    "POST /api/v1/silences": async (context) => {
      const now = clock.now();
      return view(await changes.silence(askingOf(context), { ...context.body, from: context.body.from ?? now }), now);
    },

    "DELETE /api/v1/silences/{id}": async (context) => {
      await changes.endSilence(askingOf(context), context.params.id);
      return null;
    },
  };
}

const heldView = ({ places, count }: ReturnType<ServerParents["heldBy"]>) => ({ places: [...places], count });

const view = (silence: Silence, now: number): SilenceView => ({
  ...(silence as Writable<Silence>),
  isActive: silence.from <= now && now < silence.until,
});

/** Those that are wrong first, the worst before the others. */
function shownMembers(incident: Incident, services: ServiceDirectory): IncidentMemberView[] {
  return [...incident.members]
    .sort(
      (one, other) =>
        Number(one.clearedAt !== null) - Number(other.clearedAt !== null) ||
        severityRank(other.severity) - severityRank(one.severity),
    )
    .slice(0, MEMBERS_SHOWN_MAX)
    .map(({ title, severity, since, clearedAt, value, subject }) => {
      const { serverId, service, probeId, metric, labels } = subject;
      const found =
        service === null || serverId === null
          ? undefined
          : services.select({ serverIds: [serverId], driver: service.driver, name: service.name })[0];
      return {
        ...{ title, severity, since, clearedAt, value, serverId, probeId, metric },
        ...{ labels: { ...labels }, service: service === null ? null : { ...service }, serviceId: found?.id ?? null },
      };
    });
}
