import { DAY_MS, MusterError, SECOND_MS, wait, wrongMembers } from "@muster/core";
import type { Actor, Clock, HubTrouble, Incident, Instant, Logger, ServiceKey, TaskTrouble } from "@muster/core";
import { secureRandom } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import type { DeploymentView, EvidenceView } from "@muster/protocol";
import { AlertDesk } from "./alerts/alert-desk.ts";
import { ownAddresses, readDefaultRoute } from "./alerts/default-route.ts";
import { Forecasts } from "./alerts/forecasts.ts";
import { HubNetwork } from "./alerts/hub-network.ts";
import { IncidentChanges } from "./alerts/incident-changes.ts";
import { IncidentDesk } from "./alerts/incident-desk.ts";
import { IncidentEvidence } from "./alerts/incident-evidence.ts";
import { IncidentStore } from "./alerts/incident-store.ts";
import { LogFollower } from "./alerts/log-follower.ts";
import { RulePreviews } from "./alerts/rule-previews.ts";
import { RuleStore } from "./alerts/rule-store.ts";
import { RuleWatch } from "./alerts/rule-watch.ts";
import type { RuleWatchDeps } from "./alerts/rule-watch.ts";
import { ServerParents } from "./alerts/server-parents.ts";
import { SilenceStore } from "./alerts/silence-store.ts";
import { actorNow } from "./commands/actor-ref.ts";
import type { ActorRef } from "./commands/actor-ref.ts";
import type { ActionOutbox } from "./commands/action-outbox.ts";
import type { ActionStore } from "./commands/action-store.ts";
import type { CommandBus } from "./commands/command-bus.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { ServiceRegistry } from "./fleet/service-registry.ts";
import type { Links } from "./links/links.ts";
import type { LogAccess } from "./logs/log-access.ts";
import type { Ingest } from "./metrics/ingest.ts";
import type { MetricReader } from "./metrics/metric-store.ts";
import { DeliveryStore } from "./notify/delivery-store.ts";
import type { IncidentAct } from "./notify/incident-acts.ts";
import { NotifierDesk } from "./notify/notifier-desk.ts";
import { NotifierStore } from "./notify/notifier-store.ts";
import { notifierWay } from "./notify/ways.ts";
import type { ProbeDesk } from "./probes/probe-desk.ts";
import { RulesFile } from "./rules-file.ts";
import type { Database } from "./state/database.ts";

export interface AlertDeps {
  readonly db: Database;
  readonly kek: Uint8Array;
  readonly fleet: Fleet;
  readonly services: ServiceRegistry;
  readonly probes: ProbeDesk;
  readonly ingest: Pick<Ingest, "storage">;
  readonly metrics: MetricReader;
  readonly egress: Egress;
  readonly links: Pick<Links, "call">;
  readonly logs: LogAccess;
  readonly actions: Pick<ActionStore, "list">;
  readonly deployments: (serverId: string) => readonly DeploymentView[];
  readonly outbox: Pick<ActionOutbox, "listen">;
  readonly bus: CommandBus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly hubUrl: () => string;
  readonly neededBy: RuleWatchDeps["neededBy"];
  /** What is wrong with tasks now. */
  readonly taskTroubles: () => Iterable<{
    readonly taskId: string;
    readonly trouble: TaskTrouble;
    readonly title: string;
  }>;
  /** The server by way of which another one is reached. */
  readonly wayTo: (serverId: string) => string | undefined;
  /** The file whose rules hold too. */
  readonly rulesPath: string | undefined;
}

/** Rules, incidents and whoever is told of them, put together. Starts nothing. */
export async function openAlerts(deps: AlertDeps) {
  const { db, kek, fleet, services, probes, ingest, metrics, egress, clock, log, hubUrl, wayTo, neededBy } = deps;
  const opened: { alerts: AlertDesk | undefined } = { alerts: undefined };
  const network: HubNetwork = new HubNetwork({
    ...{ fleet, clock, hasRoute: readDefaultRoute, ownAddresses },
    isTold: () =>
      opened.alerts?.rules.some(
        ({ isEnabled, scope, condition }) =>
          isEnabled && scope.is === "all" && condition.is === "hub" && condition.severities.network !== undefined,
      ) ?? false,
  });
  const parents = await ServerParents.open({ db, fleet, probes, wayTo, network });
  const silences = await SilenceStore.open({ db, clock });
  const deliveries = new DeliveryStore(db);
  const secrets = new NotifierStore({ db, clock, kek });
  const offersOf = (incidentId: string): readonly IncidentAct[] => {
    const incident = incidents.open.find(({ id }) => id === incidentId);
    return incident === undefined ? [] : offered(incident, evidence);
  };
  const notifiers = await NotifierDesk.open({
    ...{ store: secrets, deliveries, clock, log, hubUrl, offersOf },
    random: secureRandom,
    wayOf: (notifier, secret) => notifierWay(egress, notifier, secret, (lookOut) => network.noteLookOut(lookOut)),
  });
  const store = new IncidentStore(db);
  const incidents: IncidentDesk = await IncidentDesk.open({
    ...{ store, silences, parents, hearers: notifiers, clock, log, hubUrl },
    notifiersOf: (ruleId) => opened.alerts?.notifiersOf(ruleId) ?? null,
    world: {
      tagsOf: (serverId) => fleet.get(serverId)?.known.tags ?? [],
      serverName: (serverId) => fleet.get(serverId)?.known.name,
      serviceId: (serverId, { driver, name }) => services.select({ serverIds: [serverId], driver, name })[0]?.id,
      maintenanceUntil: (probeId) => (probes.has(probeId) ? probes.view(probeId).maintenanceUntil : null),
    },
  });
  const forecasts = new Forecasts({ reader: metrics, clock });
  const readerOf = async (ruleId: string): Promise<Actor | undefined> => {
    const owner = opened.alerts?.ownerOf(ruleId);
    // Whoever writes the hub's own files is root of the hub already.
    if (owner?.is === "file") return { kind: "console" };
    return owner?.is === "saved" ? actorNow(JSON.parse(owner.by) as ActorRef, db, clock) : undefined;
  };
  const follower: LogFollower = new LogFollower({
    ...{ clock, log, random: secureRandom },
    open: async ({ ruleId, serverId, source }, choice, after, signal) => {
      const reader = await readerOf(ruleId);
      const server = fleet.get(serverId)?.known.name;
      if (reader === undefined || server === undefined) throw new MusterError("FORBIDDEN");
      const label = `${server}/${source.name}`;
      return deps.logs.open(reader, "rule", [{ serverId, source, label, after }], choice, signal);
    },
    mayRead: async (ruleId) => {
      const reader = await readerOf(ruleId);
      return reader !== undefined && deps.logs.may(reader);
    },
    ownerOf: (ruleId) => JSON.stringify(opened.alerts?.ownerOf(ruleId) ?? null),
    isThere: (serverId) => {
      const server = fleet.get(serverId);
      return server !== undefined && fleet.presenceOf(server).is === "online";
    },
    changed: (serverId) => watch.logChanged(serverId),
  });
  const watch: RuleWatch = new RuleWatch({
    logs: follower,
    ...{ fleet, services, probes, forecasts, clock, network, dependencies: parents, neededBy },
    hubTroubles: () => hubTroubles(ingest, notifiers, network, deps.taskTroubles()),
    reopenedOf: (ruleId, key) => incidents.reopenedOf(ruleId, key),
  });
  const ruleStore = new RuleStore({ db, clock });
  // What stood in a file once, and nobody reads any more, would be nobody's to change.
  if (deps.rulesPath === undefined) await ruleStore.releaseFiles();
  const alerts = await AlertDesk.open({
    ...{ store: ruleStore, watch, incidents, forecasts, fleet, clock, log },
    told: () => notifiers.poke(),
  });
  opened.alerts = alerts;
  const rulesFile =
    deps.rulesPath === undefined
      ? undefined
      : new RulesFile(deps.rulesPath, {
          ...{ alerts, log },
          names: {
            serverId: (name) =>
              fleet.get(name) === undefined ? fleet.views().find((server) => server.name === name)?.id : name,
            notifierId: (name) => notifiers.idOf(name),
          },
        });
  await rulesFile?.check();
  const evidence: IncidentEvidence = new IncidentEvidence({
    ...{ store, fleet, services, metrics, clock, log },
    processes: (serverId, limit, signal) => topProcesses(deps, serverId, limit, signal),
    lastLines: (serverId, service, signal) => lastLines(deps, serverId, service, signal),
    countedLines: (ruleId, { serverId, service, file }) => {
      const source = file === undefined ? service : ({ driver: "file", name: file } as const);
      return serverId === null || source === null ? undefined : follower.linesOf(ruleId, serverId, source);
    },
    recentActions: (server, limit) => deps.actions.list({ server, limit }),
    deployments: deps.deployments,
  });
  const stops = [
    incidents.listen((incident, before) => {
      if (before?.reopened !== incident.reopened) evidence.gather(incident);
    }),
    deps.outbox.listen(({ action, serverId, state, outcome }) => {
      if (action !== "server.reboot") return;
      if (state === "sent") watch.rebooting(serverId, true);
      else if (state === "ended" && outcome !== "succeeded" && outcome !== "unknown") watch.rebooting(serverId, false);
    }),
  ];
  return {
    ...{ alerts, incidents, store, evidence, silences, notifiers, desk: notifiers, deliveries, rulesFile },
    ...{
      secrets,
      offersOf,
      parents,
      network,
      changes: new IncidentChanges({ incidents, store, silences, bus: deps.bus, clock }),
    },
    previews: new RulePreviews({ fleet, reader: metrics }),
    /** Begins to judge and to tell. */
    start(): void {
      notifiers.start();
      alerts.start();
    },
    async stop(): Promise<void> {
      for (const stop of stops) stop();
      await alerts.stop();
      follower.stop();
      await evidence.stop();
      await notifiers.stop();
    },
    /** Forgets what ended before an instant. */
    async prune(before: Instant): Promise<void> {
      await store.deleteBefore(before);
      await deliveries.deleteBefore(before);
      await silences.prune();
    },
  };
}

/** What can be done about an incident from its message. */
function offered(incident: Incident, evidence: Pick<IncidentEvidence, "suggestions">): readonly IncidentAct[] {
  const hasService = wrongMembers(incident).some(
    ({ subject: { serverId, service } }) => serverId !== null && service !== null,
  );
  const isRestartable = evidence.suggestions(incident).some(({ action }) => action === "service.restart");
  const isMeasured = incident.members.some(({ subject }) => subject.serverId !== null || subject.probeId !== null);
  return [
    "acknowledge",
    "snooze",
    ...(isMeasured ? (["chart"] as const) : []),
    ...(hasService ? (["logs"] as const) : []),
    ...(isRestartable ? (["restart"] as const) : []),
  ];
}

const PROCESSES_ASKED = 200;

/** Those that use the processor most. */
async function topProcesses(
  { links, clock }: Pick<AlertDeps, "links" | "clock">,
  serverId: string,
  limit: number,
  signal: AbortSignal,
): Promise<EvidenceView["processes"]> {
  const ask = () => links.call(serverId, "processes.list", { limit: PROCESSES_ASKED }, signal);
  let { processes } = await ask();
  // What a process uses is known from the second reading on, where nobody has looked a moment ago.
  if (processes.every(({ cpuRatio }) => cpuRatio === null)) {
    await wait(clock, SECOND_MS, signal);
    ({ processes } = await ask());
  }
  return processes
    .toSorted(
      (one, other) =>
        (other.cpuRatio ?? 0) - (one.cpuRatio ?? 0) || (other.residentBytes ?? 0) - (one.residentBytes ?? 0),
    )
    .slice(0, limit)
    .map(({ pid, name, user, cpuRatio, residentBytes }) => ({ pid, name, user, cpuRatio, residentBytes }));
}

const LINES = 30;
const LINE_CHARACTERS_MAX = 500;

/** The last lines of a service's log, as the console would read them: with a row in the audit log. */
async function lastLines(
  { logs, services }: Pick<AlertDeps, "logs" | "services">,
  serverId: string,
  service: ServiceKey,
  signal: AbortSignal,
): Promise<EvidenceView["logLines"]> {
  const [found] = services.select({ serverIds: [serverId], ...service });
  if (found === undefined) return [];
  const log = logs.find({ serviceId: found.id });
  const pieces = await logs.open({ kind: "console" }, "console", [log], { linesMax: LINES, follow: false }, signal);
  const lines: EvidenceView["logLines"] = [];
  for await (const piece of pieces) {
    if (piece.is === "ended" && piece.error !== undefined) throw piece.error;
    if (piece.is === "item" && !("gap" in piece.item))
      lines.push({ at: piece.item.at, text: piece.item.text.slice(0, LINE_CHARACTERS_MAX) });
  }
  return lines;
}

/** What is wrong with the hub itself. */
function hubTroubles(
  ingest: Pick<Ingest, "storage">,
  notifiers: NotifierDesk,
  network: HubNetwork,
  tasks: ReturnType<AlertDeps["taskTroubles"]>,
): ReadonlyMap<string, { readonly trouble: HubTrouble; readonly title: string }> {
  const troubles = new Map<string, { readonly trouble: HubTrouble; readonly title: string }>();
  if (ingest.storage !== "working")
    troubles.set("storage", {
      trouble: "storage",
      title: `The hub cannot store samples: its disk ${ingest.storage === "full" ? "is full" : "has failed"}`,
    });
  if (network.trouble !== undefined) troubles.set("network", { trouble: "network", title: network.trouble });
  for (const { id, title } of notifiers.failing) troubles.set(id, { trouble: "notifier", title });
  for (const { taskId, trouble, title } of tasks)
    troubles.set(`${taskId} ${trouble}`, { trouble: `task-${trouble}`, title });
  return troubles;
}

/** What ended is kept this long. */
export const INCIDENTS_KEPT_MS = 400 * DAY_MS;
