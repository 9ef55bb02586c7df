import { networkInterfaces } from "node:os";
import type { Clock, Logger } from "@muster/core";
import { Egress, secureRandom } from "@muster/node-kit";
import type { Over } from "@muster/node-kit";
import type { AuditLog } from "./access/audit-log.ts";
import { isLoopbackHost } from "./config/addresses.ts";
import type { HubConfig } from "./config/settings.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { AgentMembership } from "./fleet/agent-membership.ts";
import type { JoinTokenStore } from "./fleet/join-token-store.ts";
import { LinkStore } from "./fleet/link-store.ts";
import type { ServerStore } from "./fleet/server-store.ts";
import type { ServiceRegistry } from "./fleet/service-registry.ts";
import { SshKeyStore } from "./fleet/ssh-key-store.ts";
import type { PushDoor } from "./http/routes/link-routes.ts";
import type { FleetKeys } from "./keys/fleet-keys.ts";
import { AgentLinks } from "./links/agent/agent-links.ts";
import { Dialler } from "./links/agent/dialler.ts";
import { LinkRouter } from "./links/link-router.ts";
import { PullLinks } from "./links/pull/pull-links.ts";
import { PushDesk } from "./links/push/push-desk.ts";
import { PushEnrollment } from "./links/push/push-enrollment.ts";
import { SshLinks } from "./links/ssh/ssh-links.ts";
import { LinkJournal } from "./links/station/link-journal.ts";
import type { Ingest } from "./metrics/ingest.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import { ServersFile, addBoxesAtStart } from "./servers-file.ts";
import type { Database } from "./state/database.ts";

export interface OpenLinksDeps {
  readonly config: HubConfig;
  readonly db: Database;
  readonly keys: FleetKeys;
  readonly servers: ServerStore;
  readonly membership: AgentMembership;
  readonly joinTokens: JoinTokenStore;
  readonly fleet: Fleet;
  readonly services: ServiceRegistry;
  readonly metrics: MetricStore;
  readonly ingest: Ingest;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Logger;
  readonly epoch: number;
  readonly tlsPins: () => readonly string[];
  /** Where this hub listens; undefined before it does. */
  readonly ownPort: () => number | undefined;
  readonly sshAgentSocket: string | undefined;
}

/** All ways to servers of one hub. */
export interface OpenLinks {
  readonly router: LinkRouter;
  readonly agents: AgentLinks;
  readonly ssh: Pick<SshLinks, "visit" | "test">;
  /** The way out for whatever else the hub looks at. */
  readonly egress: Egress;
  /** Connections from a server to its neighbours. Rejects when the server is not reached. */
  readonly over: (serverId: string, signal: AbortSignal) => Promise<Over>;
  readonly store: LinkStore;
  readonly sshKeys: SshKeyStore;
  readonly push: PushDoor;
  readonly serversFile: ServersFile;
  /** The server by way of which another one is reached. */
  wayTo(serverId: string): string | undefined;
  /** Begins to go out to servers. */
  start(): Promise<void>;
  /** Call now and then. */
  prune(): Promise<void>;
  stop(): Promise<void>;
}

/** Builds the links of every kind; nothing goes out before `start`. */
export async function openLinks(deps: OpenLinksDeps): Promise<OpenLinks> {
  const { config, db, keys, servers, joinTokens, fleet, services, ingest, audit, clock, log } = deps;
  const store = await LinkStore.open({ db, kek: keys.kek });
  const journal = await LinkJournal.open({ db, clock });
  fleet.listen((event) => {
    if (event.is !== "removed") return;
    store.forget(event.serverId);
    journal.forget(event.serverId);
  });
  const sshKeys = new SshKeyStore({ db, clock, kek: keys.kek });
  const egress = new Egress({ clock, isOwn: ownListener(deps.ownPort) });
  const agents = new AgentLinks(deps, {
    intervalMs: () => config.intervalMs,
    unprovedPerAddressMax: 500,
    unprovedMax: 2_000,
  });
  const dialler = new Dialler({ links: store, fleet, agents, egress, clock, random: secureRandom, log });
  const stationed = { fleet, services, store, journal, ingest, egress, clock, log };
  const pulled = new PullLinks({ looksMax: config.pullConcurrency }, stationed);
  const bySsh = new SshLinks({
    ...stationed,
    ...{ sshKeys, random: secureRandom, agentSocket: deps.sshAgentSocket },
  });
  const serversFile = new ServersFile(config.serversFile, { names: () => fleet.views().map(({ name }) => name) });
  const desk = new PushDesk({ fleet, links: store, ingest, clock });
  const enrollment = new PushEnrollment({ servers, links: store, joinTokens, fleet, audit });
  return {
    router: new LinkRouter({ fleet, byKind: { agent: agents, pull: pulled, ssh: bySsh }, dialler }),
    async over(serverId, signal) {
      if (fleet.get(serverId)?.known.link === "agent")
        return (host, port, limited) => agents.tunnel(serverId, host, port, limited);
      const connection = await bySsh.connectionTo(serverId, signal);
      return (host, port, limited) => connection.forwardTo(host, port, limited);
    },
    ...{ agents, ssh: bySsh, egress, store, sshKeys, serversFile },
    wayTo(serverId) {
      const settings = store.get(serverId)?.settings;
      return settings?.kind === "ssh" ? (settings.via ?? undefined) : undefined;
    },
    push: {
      register: (token, wanted, address) => enrollment.register(token, wanted, address),
      heartbeat: (serverId, token, heartbeat) => desk.take(serverId, token, heartbeat),
    },
    async start() {
      if (config.serversFile !== undefined)
        await addBoxesAtStart(serversFile, { servers, links: store, fleet, audit, log });
      pulled.start();
      bySsh.start();
      dialler.start();
    },
    prune: () => journal.prune(),
    async stop() {
      agents.closeAll();
      await Promise.all([pulled.stop(), bySsh.stop(), dialler.stop()]);
    },
  };
}

/** This very hub, by whichever of the machine's addresses: nothing it reaches for may lead back to it. */
function ownListener(port: () => number | undefined): (address: string, askedPort: number) => boolean {
  return (address, askedPort) =>
    askedPort === port() &&
    (isLoopbackHost(address) ||
      Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address)));
}
