import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { homedir, hostname } from "node:os";
import { HOUR_MS, MINUTE_MS, MusterError, SECOND_MS } from "@muster/core";
import type { Actor, Clock, Logger } from "@muster/core";
import { asStorageError, createLogger, every, Lifecycle, secureRandom, systemClock, uuidv7 } from "@muster/node-kit";
import { AccessEvents } from "./access/access-events.ts";
import { ApiTokenStore } from "./access/api-tokens.ts";
import { AuditLog, verifyAuditChain } from "./access/audit-log.ts";
import { isFleetCheckpoint } from "./access/checkpoint-proof.ts";
import { LoginGuard } from "./access/login-guard.ts";
import { PasswordHasher } from "./access/password.ts";
import { SessionStore } from "./access/sessions.ts";
import { SetupCode } from "./access/setup-code.ts";
import { Throttle } from "./access/throttle.ts";
import { UserStore } from "./access/users.ts";
import { agentBundle, webDirectory } from "./assets.ts";
import { ActionOutbox } from "./commands/action-outbox.ts";
import { ActionStore } from "./commands/action-store.ts";
import { actorNow, actorRef } from "./commands/actor-ref.ts";
import { CommandBus } from "./commands/command-bus.ts";
import { ServerClaims } from "./commands/server-claims.ts";
import { isLoopbackHost, splitHostPort, urlHost } from "./config/addresses.ts";
import { loadConfig } from "./config/load-config.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import type { HubConfig } from "./config/settings.ts";
import { openAgentCargo } from "./deploy/agent-cargo.ts";
import { DeployDesk } from "./deploy/deploy-desk.ts";
import { DeployOverSsh } from "./deploy/over-ssh.ts";
import { ReplaceOverSsh } from "./key-replacement/replace-over-ssh.ts";
import { ReplacementDesk } from "./key-replacement/replacement-desk.ts";
import { Fleet } from "./fleet/fleet.ts";
import { AgentMembership } from "./fleet/agent-membership.ts";
import { JoinTokenStore } from "./fleet/join-token-store.ts";
import { ServerStore } from "./fleet/server-store.ts";
import { ServiceGraph } from "./fleet/service-graph.ts";
import { ServiceRegistry } from "./fleet/service-registry.ts";
import { ServiceStore } from "./fleet/service-store.ts";
import { hubMetrics } from "./hub-metrics.ts";
import { agentDownloads, joinCommand } from "./http/agent-downloads.ts";
import { ClientAddress } from "./http/client-address.ts";
import { compatRoutes } from "./http/compat/compat-routes.ts";
import { Doors } from "./http/doors.ts";
import { LogDesk } from "./http/live/log-desk.ts";
import { LiveHub } from "./http/live/live-hub.ts";
import { topicSources } from "./http/live/topics/catalog.ts";
import { Origins } from "./http/origins.ts";
import { plainRoutes } from "./http/plain-routes.ts";
import { accessRoutes } from "./http/routes/access-routes.ts";
import { actionRoutes } from "./http/routes/action-routes.ts";
import { deployRoutes } from "./http/routes/deploy-routes.ts";
import { keyReplacementRoutes } from "./http/routes/key-replacement-routes.ts";
import { hubRoutes } from "./http/routes/hub-routes.ts";
import { linkRoutes } from "./http/routes/link-routes.ts";
import { logRoutes } from "./http/routes/log-routes.ts";
import { metricRoutes } from "./http/routes/metric-routes.ts";
import { probeRoutes } from "./http/routes/probe-routes.ts";
import { incidentRoutes } from "./http/routes/incident-routes.ts";
import { notifierRoutes } from "./http/routes/notifier-routes.ts";
import { ruleRoutes } from "./http/routes/rule-routes.ts";
import { serverRoutes } from "./http/routes/server-routes.ts";
import { serviceRoutes } from "./http/routes/service-routes.ts";
import { taskRoutes } from "./http/routes/task-routes.ts";
import { statusPageRoutes } from "./http/routes/status-page-routes.ts";
import { telegramRoutes } from "./http/routes/telegram-routes.ts";
import { rolloutRoutes } from "./http/routes/rollout-routes.ts";
import { systemRoutes } from "./http/routes/system-routes.ts";
import { buildHttpServer } from "./http/server.ts";
import { StatusPageDoor } from "./http/status-page-door.ts";
import { readStaticFiles } from "./http/static-files.ts";
import type { StaticFile } from "./http/static-files.ts";
import { openSelfMadeTls, readTlsFiles, TlsFileWatch } from "./http/tls.ts";
import type { TlsMaterial } from "./http/tls.ts";
import { acceptUpgrades } from "./http/upgrades.ts";
import { openFleetKeys } from "./keys/fleet-keys.ts";
import { LogAccess } from "./logs/log-access.ts";
import { createMetricStore } from "./metrics/catalog.ts";
import { Ingest } from "./metrics/ingest.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import { restoreNewest } from "./metrics/restore-newest.ts";
import { RetentionRounds } from "./metrics/retention-rounds.ts";
import { RetentionSettings } from "./metrics/retention-settings.ts";
import { heartbeat } from "./notify/heartbeat.ts";
import { notifierWay } from "./notify/ways.ts";
import { ProbeDesk } from "./probes/probe-desk.ts";
import { ProbeStore } from "./probes/probe-store.ts";
import { wayOf } from "./probes/ways.ts";
import type { WayDeps } from "./probes/ways.ts";
import { RolloutDesk } from "./rollouts/rollout-desk.ts";
import { RolloutStore } from "./rollouts/rollout-store.ts";
import { targetSight } from "./rollouts/target-sight.ts";
import { holdDataDirectory } from "./state/data-directory.ts";
import { StatusPageDesk } from "./status-pages/status-page-desk.ts";
import { StatusPageStore } from "./status-pages/status-page-store.ts";
import { UptimeLedger } from "./status-pages/uptime-ledger.ts";
import { openState } from "./state/database.ts";
import type { Database } from "./state/database.ts";
import { Backups } from "./state/backups.ts";
import { retentionRow } from "./state/retention-row.ts";
import { INCIDENTS_KEPT_MS, openAlerts } from "./open-alerts.ts";
import { openLinks } from "./open-links.ts";
import { TaskDesk } from "./tasks/task-desk.ts";
import { TaskStore } from "./tasks/task-store.ts";
import { BotCommands } from "./telegram/bot-commands.ts";
import { BotStore } from "./telegram/bot-store.ts";
import { reportText } from "./telegram/report-text.ts";
import { TelegramDesk } from "./telegram/telegram-desk.ts";
import { VERSION } from "./version.ts";

const FUTURE_SKEW_MS = 2 * MINUTE_MS;
/** A probe waits for the other side most of its time. */
const PROBES_AT_ONCE_MAX = 1_000;
const CHAIN_CHECK_EVERY_MS = MINUTE_MS;
/** Well within the 20 ms in which a batch is to be durable, and few writes to the disk however many servers report. */
const COMMIT_PAUSE_MS = 15;

export interface HubDeps {
  readonly clock: Clock;
  /** Where log lines go. */
  readonly writeLog: (line: string) => void;
  /** Which database of samples to use: the real one, or for tests one in memory or one that is open already. */
  readonly metricStore?: "engine" | "memory" | MetricStore;
  /** Socket of the SSH agent of the hub's own user, for servers that are to be reached by its keys. */
  readonly sshAgentSocket?: string | undefined;
  /** Samples are committed at least so far apart; at once when absent, for clocks that stand still. */
  readonly commitPauseMs?: number;
}

/** A hub that runs in this process. */
export interface RunningHub {
  /** Where it listens, such as `http://127.0.0.1:8765`. */
  readonly address: string;
  /** The one-time link for making the first administrator; undefined once there is one. */
  readonly setupUrl: string | undefined;
  readonly log: Logger;
  /** SHA-256 of the certificate that the hub made itself, for comparing in a browser; undefined with any other. */
  readonly selfMadeFingerprint: string | undefined;
  /** A join token, made as from the hub's own console. */
  createJoinToken(wanted: {
    readonly name: string | null;
    readonly uses?: number;
    readonly lifetimeMinutes?: number;
  }): Promise<string>;
  stop(): Promise<void>;
}

/** Builds the hub and starts it. Throws what the catalogue knows, after releasing whatever had been started. */
export async function startHub({ config }: Pick<LoadedConfig, "config">, deps: HubDeps): Promise<RunningHub> {
  const { clock } = deps;
  const log = createLogger({ level: config.logLevel, format: config.logFormat }, clock, deps.writeLog);
  const lifecycle = new Lifecycle({ log });
  try {
    return await build(config, deps, log, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw asStorageError(error);
  }
}

async function build(config: HubConfig, deps: HubDeps, log: Logger, lifecycle: Lifecycle): Promise<RunningHub> {
  const { clock } = deps;
  const startedAt = clock.now();
  const { host, port } = splitHostPort(config.listen);
  // What can be wrong without touching anything is found first.
  const givenTls =
    config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined
      ? readTlsFiles(config.tlsCertFile, config.tlsKeyFile)
      : undefined;
  const firstAdmin = readFirstAdmin(config);

  const data = holdDataDirectory(config.dataDir, {
    pid: process.pid,
    listen: config.listen,
    since: new Date(startedAt).toISOString(),
  });
  lifecycle.add("data directory", () => data.release());
  const keys = openFleetKeys(config, clock);
  const db = await openState(data.file("state.db"));
  lifecycle.add("state", () => db.destroy());
  const retention = await RetentionSettings.open(retentionRow(db), {
    samplesDays: config.retentionDays,
    minutesDays: config.minutesRetentionDays,
    hoursDays: config.hoursRetentionDays,
    bytesMax: config.metricsBytesMax ?? null,
  });
  const { metricStore: kind = "engine" } = deps;
  const metrics =
    typeof kind === "object"
      ? kind
      : await createMetricStore(
          {
            kind,
            path: data.file("metrics.db"),
            retentionMs: retention.ages.samplesMs,
            futureSkewMs: FUTURE_SKEW_MS,
            seriesPerServerMax: config.seriesPerServerMax,
            ...(deps.commitPauseMs !== undefined && { commitPauseMs: deps.commitPauseMs }),
          },
          { clock },
        );
  const retaining = new RetentionRounds({ metrics, ages: () => retention.ages });
  lifecycle.add("metric store", async () => {
    retaining.close();
    await metrics.close();
    await retaining.ended();
  });
  const retainNow = (): void =>
    void retaining
      .run()
      .catch((error: unknown) => log.warn("old history could not be dropped; it is tried again", { error }));
  const epoch = await openEpoch(db, clock);
  const checkpointFile = data.file("audit-checkpoints.log");
  const audit = await AuditLog.open({ db, clock, sign: keys.sign, hubPub: keys.hubPub, checkpointFile, epoch });
  lifecycle.add("audit log", () => void audit.checkpoint());

  // Access
  const isPlain = isLoopbackHost(host) ? givenTls === undefined : config.plainHttp;
  const tls: TlsMaterial | undefined = isPlain
    ? undefined
    : (givenTls ?? (await openSelfMadeTls(data.file("keys"), certificateHosts(config, host), clock)));
  const publicIsSecure =
    config.publicUrl[0] === undefined ? tls !== undefined : config.publicUrl[0].startsWith("https:");
  const origins = new Origins(publicIsSecure);
  const events = new AccessEvents();
  const sessionLimits = {
    idleMs: config.sessionIdleMinutes * MINUTE_MS,
    absoluteMs: config.sessionAbsoluteMinutes * MINUTE_MS,
  };
  const sessions = new SessionStore({ db, clock, events }, sessionLimits);
  const tokens = new ApiTokenStore({ db, clock, events });
  const users = new UserStore({ db, clock, hasher: new PasswordHasher(), sessions, events });
  const setup = new SetupCode();
  if (firstAdmin && (await users.isEmpty())) await users.createFirstAdmin(firstAdmin);
  if (!(await users.isEmpty())) setup.spend();

  // Fleet
  const servers = new ServerStore({ db, clock });
  const membership = new AgentMembership({ db, clock });
  const joinTokens = new JoinTokenStore({ db, clock, kek: keys.kek, rootHash: keys.rootHash });
  for (const { id, name } of await membership.detachUnfinished())
    await audit.append({
      ...{ actor: "hub", door: "console", action: "agent.deploy", target: name, args: { serverId: id }, cmd: null },
      ...{ decision: "failed", reason: "the hub ended before the agent came; the server is reached by SSH as before" },
    });
  const fleet = await Fleet.open({ store: servers, clock });
  const services = await ServiceRegistry.open({ store: new ServiceStore(db), fleet, clock });
  const ingest = new Ingest({ store: metrics, fleet, clock, log });
  const tlsNow = { current: tls };
  const openPort: { current: number | undefined } = { current: undefined };
  const opened = await openLinks({
    ...{ config, db, keys, servers, membership, joinTokens, fleet, services },
    ...{ metrics, ingest, audit, clock, log, epoch },
    tlsPins: () => (tlsNow.current ? [tlsNow.current.pin] : []),
    ownPort: () => openPort.current,
    sshAgentSocket: deps.sshAgentSocket,
  });
  const { router: links, agents } = opened;
  const ways: WayDeps = {
    ...opened,
    program: (serverId, name, signal) => links.stream(serverId, "probe.exec", { name }, signal),
    ping: (serverId, params, signal) => links.stream(serverId, "probe.ping", params, signal),
  };
  const probeStore = new ProbeStore({ db, clock, kek: keys.kek });
  const probes = await ProbeDesk.open({
    ...{ store: probeStore, fleet, services, ingest, clock, log, atOnceMax: PROBES_AT_ONCE_MAX },
    wayOf: (via, account) => wayOf(ways, via, account),
  });
  const actions = new ActionStore({ db, clock, kek: keys.kek });
  const outbox = await ActionOutbox.open({ store: actions, db, audit, links, fleet, clock, log });
  lifecycle.add("actions", () => outbox.stop());
  const bus = new CommandBus({ fleet, links, audit, clock, store: actions, outbox, directory: services });
  const graph = await ServiceGraph.open({ db, services, clock });
  const rolloutStore = new RolloutStore(db);
  const rollouts = await RolloutDesk.open({
    ...{ store: rolloutStore, actions, outbox, bus, audit, fleet, directory: services, clock, log },
    sightOf: targetSight({ fleet, services }),
    dependencies: (serverIds) => graph.needs(serverIds),
    actorNow: (ref) => actorNow(ref, db, clock),
    needsApproval: config.rolloutApproval,
  });
  // Before the actions, or what they ask for would come too late.
  lifecycle.add("rollouts", () => rollouts.stop());
  const logs = new LogAccess({
    fleet,
    services,
    links,
    audit,
    clock,
  });
  const logDesk = new LogDesk({ logs, clock });
  // Tasks tell by notifiers, and rules tell of tasks; deployments are made further down.
  const late: { tasks?: TaskDesk; deployments?: DeployDesk } = {};
  const told = await openAlerts({
    ...{ db, kek: keys.kek, fleet, services, probes, ingest, metrics, clock, log },
    ...{ egress: opened.egress, links, actions, outbox, logs, bus },
    hubUrl: () => origins.primary,
    neededBy: (serviceId) => graph.neededBy(serviceId),
    taskTroubles: () => late.tasks?.troubles() ?? [],
    deployments: (serverId) => late.deployments?.list(serverId) ?? [],
    wayTo: (serverId) => opened.wayTo(serverId),
    rulesPath: config.rulesFile,
  });
  const taskStore = new TaskStore({ db, clock, holder: uuidv7(clock.now()) });
  const tasks: TaskDesk = await TaskDesk.open({
    ...{ db, bus, outbox, fleet, services, probes, notifiers: told.notifiers, events, clock, log },
    ...{
      store: taskStore,
      backups: new Backups({ source: data.file("state.db"), directory: data.file("backups"), clock }),
    },
  });
  late.tasks = tasks;
  const botStore = new BotStore({ db, clock, kek: keys.kek });
  const telegram = new TelegramDesk({
    ...{ store: botStore, notifiers: told.notifiers, secrets: told.secrets, offersOf: told.offersOf },
    ...{ bus, events, clock, log, random: secureRandom, hubUrl: () => origins.primary },
    wayOf: (notifier, secret) =>
      notifierWay(opened.egress, notifier, secret, (lookOut) => told.network.noteLookOut(lookOut)),
    commands: new BotCommands({ ...told, fleet, services, logs, metrics, bus, clock, log, hostName: hostname() }),
  });
  const statusPages = new StatusPageDesk({
    ...{ store: await StatusPageStore.open({ db, clock }), uptime: await UptimeLedger.open({ db, clock }) },
    ...{ fleet, services, probes, incidents: told.incidents, clock },
  });
  const live = new LiveHub({
    topics: topicSources({
      ...{ fleet, links, joinTokens, services, probes, actions, outbox, rollouts, clock },
      incidents: told.incidents,
      tasks,
    }),
    logs: logDesk,
    sessions,
    events,
    clock,
    log,
  });

  // Doors
  const doors = new Doors({ sessions, tokens, origins, clock });
  const throttle = new Throttle({ clock });
  const addresses = new ClientAddress(config.trustedProxies);
  const warnings = (): string[] => [
    ...(isPlain && !isLoopbackHost(host)
      ? [
          "This hub serves plain HTTP off loopback: passwords and readings cross the network unprotected unless a proxy in front ends TLS.",
        ]
      : []),
    ...(ingest.storage === "working"
      ? []
      : ["Samples cannot be stored now; agents keep theirs until the disk works again."]),
    ...(told.rulesFile?.problem === undefined ? [] : [told.rulesFile.problem]),
  ];
  const own = hubMetrics({ ingest, agents, live, metrics });
  lifecycle.add("own metrics", () => own.close());
  const bundle = agentBundle();
  const webRoot = webDirectory();
  if (bundle === undefined) log.warn("the agent's bundle is not built, so new servers cannot download it here");
  if (webRoot === undefined) log.warn("the web pages are not built");
  const cargo = bundle === undefined ? undefined : openAgentCargo(bundle);
  const deskDeps = {
    ...{ fleet, audit, claims: new ServerClaims(), clock, log },
    actorNow: (actor: Actor) => actorNow(actorRef(actor), db, clock),
  };
  const desk =
    cargo &&
    new DeployDesk({
      ...deskDeps,
      work: (server, action) =>
        new DeployOverSsh(server, action, {
          ...{ fleet, membership, joinTokens, agents, cargo, clock, log },
          visit: (serverId) => opened.ssh.visit(serverId),
          hubUrl: () => origins.primary,
        }),
    });
  if (desk !== undefined) late.deployments = desk;
  const { store: linkStore, sshKeys } = opened;
  const replacements = new ReplacementDesk({
    ...deskDeps,
    ...{ store: linkStore, sshKeys },
    work: (order) =>
      new ReplaceOverSsh(order, {
        ...{ store: linkStore, clock },
        visit: (serverId) => opened.ssh.visit(serverId),
        test: (trial, signal) => opened.ssh.test(trial, signal),
        nameOf: (serverId) => fleet.get(serverId)?.known.name ?? serverId,
      }),
  });
  const downloads = agentDownloads({
    cargo,
    url: () => origins.primary,
    isSelfMadeTls: tls?.isSelfMade === true,
  });
  const files = webRoot === undefined ? new Map<string, StaticFile>() : readStaticFiles(webRoot);
  let isReady = false;
  const compat = compatRoutes({
    ...{ fleet, clock, sessions, tokens, bus, audit, services, events, logs, doors, origins },
    serversFile: opened.serversFile,
    ...{ version: VERSION, hostName: hostname(), isReady: () => isReady, renderMetrics: () => own.render() },
  });

  const app = buildHttpServer(
    {
      ...accessRoutes({
        users,
        sessions,
        tokens,
        guard: new LoginGuard({ users, clock }),
        setup,
        audit,
        bus,
        clock,
        isSecure: publicIsSecure,
        sessionAbsoluteMs: sessionLimits.absoluteMs,
        version: VERSION,
        warnings,
      }),
      ...serverRoutes({
        fleet,
        joinTokens,
        links,
        metrics,
        bus,
        retainNow,
        joinCommand: (token, name) =>
          joinCommand({
            token,
            name,
            url: origins.primary,
            isSelfMadeTls: tls?.isSelfMade === true,
            installer: downloads.get("/agent/install.sh"),
          }),
        hubUrl: () => origins.primary,
      }),
      ...linkRoutes({
        fleet,
        servers,
        store: linkStore,
        joinTokens,
        sshKeys,
        makeSshKey: async (given) => (await import("./links/ssh/make-ssh-key.ts")).makeSshKey(given),
        links,
        push: opened.push,
        bus,
        intervalMs: () => config.intervalMs,
        hubUrl: () => origins.primary,
      }),
      ...deployRoutes({ bus, fleet, desk }),
      ...keyReplacementRoutes({ bus, sshKeys, desk: replacements }),
      ...serviceRoutes({ services, fleet, links }),
      ...actionRoutes({ bus, store: actions, outbox }),
      ...rolloutRoutes({ rollouts, store: rolloutStore, graph, fleet, bus }),
      ...logRoutes({ logs }),
      ...probeRoutes({
        ...{ desk: probes, store: probeStore, fleet, services, metrics, bus, retainNow },
        hubUrl: () => origins.primary,
      }),
      ...taskRoutes({ tasks, taskStore, actions, outbox, clock }),
      ...incidentRoutes({ ...told, services, fleet, bus, clock }),
      ...ruleRoutes({ ...told, fleet, logs, bus }),
      ...notifierRoutes({
        ...told,
        incidents: told.store,
        bus,
        clock,
        hubUrl: () => origins.primary,
        reportText: (report, language) => reportText(report, language, { fleet, incidents: told.incidents }),
      }),
      ...statusPageRoutes({ statusPages, bus }),
      ...telegramRoutes({ telegram }),
      ...metricRoutes({ metrics, fleet, probes, clock }),
      ...systemRoutes({
        metrics,
        retention,
        retainNow,
        bus,
        clock,
        storageState: () => ingest.storage,
        freeBytes: () => freeBytes(data.path),
      }),
      ...hubRoutes({
        audit,
        verifyAudit: chainCheck(clock, () =>
          verifyAuditChain(db, checkpointFile, isFleetCheckpoint(keys.certificateText)),
        ),
        fleet,
        metrics,
        clock,
        version: VERSION,
        startedAt,
        warnings,
        storageState: () => ingest.storage,
      }),
    },
    plainRoutes({
      doors,
      log,
      version: VERSION,
      files,
      downloads,
      // A store whose disk has failed takes nothing more until it is opened anew: whoever watches should restart the hub.
      statusPages: new StatusPageDoor({ statusPages, throttle, addresses, clock }),
      isReady: () => isReady && metrics.healthy?.() !== false,
      renderMetrics: () => own.render(),
    }),
    { doors, throttle, addresses, audit, events, clock, log, compat },
    { tls: tls && { cert: tls.cert, key: tls.key }, notFoundPage: files.get("/index.html")?.body },
  );
  acceptUpgrades(app.server as Server, {
    doors,
    origins,
    addresses,
    throttle,
    agents,
    live,
    compat: compat.sockets,
    log,
  });
  lifecycle.add("http", () => app.close());
  await listen(app, host, port);
  const { port: listenPort } = app.server.address() as AddressInfo;
  openPort.current = listenPort;
  const listenUrl = `${tls ? "https" : "http"}://${urlHost(host || "localhost")}:${listenPort}`;
  origins.set(publicUrls(config, host, listenUrl, listenPort, tls !== undefined));
  lifecycle.add("links", async () => {
    live.closeAll();
    compat.sockets.closeAll();
    await opened.stop();
  });

  lifecycle.add("alerts", () => told.stop());
  lifecycle.add("telegram", () => telegram.stop());
  // Before the links, or what goes by them would be seen to be down.
  lifecycle.add("probes", () => probes.stop());
  lifecycle.add("tasks", () => tasks.stop());
  if (desk !== undefined) lifecycle.add("deployments", () => desk.stop());
  lifecycle.add("replacements of keys", () => replacements.stop());

  const loop = (name: string, pauseMs: number, work: () => Promise<unknown> | void): void =>
    lifecycle.add(name, every(name, pauseMs, work, { clock, log }));
  lifecycle.add("last heard", () => fleet.writeHeard());
  loop("presence", SECOND_MS, () => fleet.tick());
  loop("actions", SECOND_MS, () => outbox.tick());
  loop("tasks", SECOND_MS, () => tasks.tick());
  loop("rollouts", SECOND_MS, () => rollouts.tick());
  loop("agent keep-alive", 5 * SECOND_MS, () => agents.keepAlive());
  loop("live keep-alive", 20 * SECOND_MS, () => live.keepAlive());
  loop("expiry", MINUTE_MS, async () => {
    await sessions.endExpired();
    await joinTokens.deleteExpired();
    const checkpoint = audit.checkpoint();
    if (checkpoint) agents.tellCheckpoint(checkpoint);
  });
  loop("uptime for status pages", MINUTE_MS, () => statusPages.look());
  loop("retention of uptime", HOUR_MS, () => statusPages.prune());
  loop("services that are gone", HOUR_MS, () => services.prune());
  // Often enough for a hub that is restarted many times a day.
  loop("retention", 15 * MINUTE_MS, () => retaining.run());
  loop("retention of runs", HOUR_MS, () => taskStore.prune());
  loop("retention of rollouts", HOUR_MS, () => rollouts.prune());
  loop("retention of actions", HOUR_MS, () => actions.prune());
  loop("retention of what links did", HOUR_MS, () => opened.prune());
  loop("retention of what bots took in", HOUR_MS, () => botStore.prune());
  loop("retention of incidents", HOUR_MS, () => told.prune(clock.now() - INCIDENTS_KEPT_MS));
  const { rulesFile } = told;
  if (rulesFile !== undefined) loop("rules file", 10 * SECOND_MS, () => rulesFile.check());
  if (givenTls && config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined) {
    const watch = new TlsFileWatch([config.tlsCertFile, config.tlsKeyFile], {
      log,
      apply(material) {
        tlsNow.current = material;
        (app.server as unknown as TlsServer).setSecureContext({
          cert: material.cert,
          key: material.key,
          minVersion: "TLSv1.2",
        });
      },
    });
    loop("certificate", 10 * SECOND_MS, () => watch.check());
  }
  for (const warning of warnings()) log.warn(warning);
  const restoring = new AbortController();
  const restored = restoreNewest({ reader: metrics, fleet, clock }, restoring.signal).catch((error: unknown) => {
    if (!restoring.signal.aborted)
      log.warn("the newest stored values could not be read; the next readings bring them", { error });
  });
  lifecycle.add("restoring", () => {
    restoring.abort();
    return restored;
  });
  await opened.start();
  probes.start();
  told.start();
  if (config.heartbeatUrl !== undefined)
    lifecycle.add(
      "heartbeat",
      heartbeat(config.heartbeatUrl, {
        ...{ egress: opened.egress, clock, log },
        noteLookOut: (lookOut) => told.network.noteLookOut(lookOut),
        isWell: () => told.alerts.isJudging && ingest.storage === "working",
      }),
    );
  telegram.start();
  isReady = true;
  lifecycle.add("readiness", () => void (isReady = false));
  log.info("hub started", {
    version: VERSION,
    node: process.version,
    listen: listenUrl,
    publicUrl: origins.primary,
    dataDir: data.path,
    servers: fleet.ids().length,
  });

  return {
    address: listenUrl,
    get setupUrl() {
      return setup.current === undefined ? undefined : `${origins.primary}/setup#${setup.current}`;
    },
    log,
    selfMadeFingerprint: tls?.isSelfMade === true ? new X509Certificate(tls.cert).fingerprint256 : undefined,
    async createJoinToken({ name, uses = 1, lifetimeMinutes = 15 }) {
      const made = await bus.change(
        { kind: "console" },
        "console",
        {
          name: "join-token.create",
          right: "join-tokens.write",
          target: name ?? "any name",
          args: { uses, lifetimeMinutes },
        },
        () => joinTokens.create({ name, tags: [], uses, lifetimeMinutes, createdBy: "console" }),
      );
      return made.token;
    },
    stop: () => lifecycle.stop(),
  };
}

async function listen(
  app: { listen(options: { host: string; port: number }): Promise<unknown> },
  host: string,
  port: number,
): Promise<void> {
  try {
    await app.listen({ host: host || "::", port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new MusterError(
        "ADDRESS_IN_USE",
        {
          message: `Port ${port} on ${host || "all addresses"} is taken by another program; choose another with --listen.`,
        },
        error,
      );
    if (code === "EADDRNOTAVAIL" || code === "EACCES" || code === "ENOTFOUND") {
      throw new MusterError(
        "CONFIG_INVALID",
        { fields: { listen: `${host}:${port} cannot be listened on (${code})` } },
        error,
      );
    }
    throw error;
  }
}

/** Where browsers may come from: the set addresses, and on loopback always the machine's own. */
function publicUrls(
  config: HubConfig,
  host: string,
  listenUrl: string,
  port: number,
  isTls: boolean,
): readonly string[] {
  const scheme = isTls ? "https" : "http";
  const local = isLoopbackHost(host)
    ? [listenUrl, `${scheme}://localhost:${port}`, `${scheme}://127.0.0.1:${port}`]
    : [];
  return [...config.publicUrl, ...local];
}

const certificateHosts = (config: HubConfig, host: string): readonly string[] => [
  ...new Set([
    ...config.publicUrl.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, "")),
    ...(host ? [host] : []),
    "localhost",
  ]),
];

function readFirstAdmin(config: HubConfig): { readonly name: string; readonly password: string } | undefined {
  if (config.adminUser === undefined || config.adminPasswordFile === undefined) return undefined;
  let password: string;
  try {
    password = readFileSync(config.adminPasswordFile, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new MusterError("CONFIG_INVALID", {
      fields: {
        adminPasswordFile: `${config.adminPasswordFile} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      },
    });
  }
  if (password.length < 12)
    throw new MusterError("CONFIG_INVALID", {
      fields: { adminPasswordFile: "the password in it must have at least 12 characters" },
    });
  return { name: config.adminUser, password };
}

/** The fleet's epoch: made once; a restore raises it, and agents refuse a lower one. */
async function openEpoch(db: Database, clock: Clock): Promise<number> {
  const made = String(Math.floor(clock.now() / 1_000));
  await db
    .insertInto("meta")
    .values({ key: "fleet_epoch", value: made })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.selectFrom("meta").select("value").where("key", "=", "fleet_epoch").executeTakeFirstOrThrow();
  return Number(row.value);
}

/** What a user without special rights may still write where this directory lies. */
const freeBytes = (path: string): Promise<number | null> =>
  statfs(path).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );

/** The whole chain is walked at most once a minute, however often somebody looks. */
function chainCheck<T>(clock: Clock, check: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMono: number; readonly verdict: Promise<T> } | undefined;
  return () => {
    if (!last || clock.monotonic() - last.atMono > CHAIN_CHECK_EVERY_MS)
      last = { atMono: clock.monotonic(), verdict: check() };
    return last.verdict;
  };
}

/** What the program was given, in the shape `loadConfig` takes. */
export const loadHubConfig = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig => loadConfig({ argv, environment, isRoot: process.getuid?.() === 0, homeDirectory: homedir() });

export const systemHubDeps = (): HubDeps => ({
  clock: systemClock,
  writeLog: (line) => void process.stderr.write(line),
  commitPauseMs: COMMIT_PAUSE_MS,
  sshAgentSocket: process.env["SSH_AUTH_SOCK"],
});
