import { MusterError, presence, STALE_INTERVALS } from "@muster/core";
import type { Clock, Instant, Presence } from "@muster/core";
import type { FleetReading, PolicySummary, Server, WireFacts } from "@muster/protocol";
import { LiveServer } from "./live-server.ts";
import { ProbesAbout } from "./probes-about.ts";
import type { ProbeAbout } from "./probes-about.ts";
import { ServiceCounts } from "./service-counts.ts";
import type { KnownServer } from "./known-server.ts";
import type { ServerPatch, ServerStore } from "./server-store.ts";

type WritablePolicySummary = NonNullable<Server["policy"]>;

/** What happened to a server, for those who show it. */
export type FleetEvent =
  | { readonly is: "changed"; readonly serverId: string }
  /** It is reached in another way from now on. */
  | { readonly is: "relinked"; readonly serverId: string }
  /** Probes about some of its services (`serviceKeyText`) stand otherwise than before. */
  | { readonly is: "probed"; readonly serverId: string; readonly services: readonly string[] }
  | { readonly is: "read"; readonly serverId: string; readonly at: Instant }
  | { readonly is: "removed"; readonly serverId: string };

const HEARD_WRITE_EVERY_MS = 30_000;

/** The servers as known and as they are now: lasting rows, who is heard, newest values. Starts nothing. */
export class Fleet {
  readonly serviceCounts = new ServiceCounts();
  readonly probesAbout = new ProbesAbout();
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #servers = new Map<string, LiveServer>();
  readonly #listeners = new Set<(event: FleetEvent) => void>();
  readonly #startedMono: number;
  readonly #startedAt: Instant;
  #heardWrittenMono = 0;

  private constructor(deps: { readonly store: ServerStore; readonly clock: Clock }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#startedMono = deps.clock.monotonic();
    this.#startedAt = deps.clock.now();
  }

  static async open(deps: { readonly store: ServerStore; readonly clock: Clock }): Promise<Fleet> {
    const fleet = new Fleet(deps);
    for (const known of await deps.store.all()) fleet.#servers.set(known.id, new LiveServer(known));
    return fleet;
  }

  listen(listener: (event: FleetEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: FleetEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get(id: string): LiveServer | undefined {
    return this.#servers.get(id);
  }

  ids(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** Throws NOT_FOUND. */
  view(id: string): Server {
    const server = this.#servers.get(id);
    if (!server) throw new MusterError("NOT_FOUND");
    return this.#view(server);
  }

  views(): readonly Server[] {
    return [...this.#servers.values()]
      .map((server) => this.#view(server))
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Only what changes with every reading. */
  reading(id: string): FleetReading | undefined {
    const server = this.#servers.get(id);
    return server && { id, presence: this.presenceOf(server), summary: server.summary };
  }

  #view(server: LiveServer): Server {
    const { known } = server;
    return {
      id: known.id,
      name: known.name,
      tags: [...known.tags],
      notes: known.notes,
      link: known.link,
      linkState: server.linkState ?? null,
      hasSshLink: known.hasSshLink,
      state: known.state,
      presence: this.presenceOf(server),
      intervalMs: known.intervalMs,
      createdAt: known.createdAt,
      agentVersion: known.agent?.agentVersion ?? null,
      address: server.address ?? null,
      fingerprint: server.fingerprint ?? null,
      clockOffsetMs: server.clockOffsetMs ?? null,
      droppedSamples: known.droppedSamples + server.droppedSamples,
      refusedSeries: server.refusedSeries.count,
      policy: (known.agent?.policySummary ?? server.policySummary ?? null) as WritablePolicySummary | null,
      facts: known.facts,
      services: { ...this.serviceCounts.of(known.id) },
      probes: this.probesAbout.countOf(known.id),
      summary: server.summary,
    };
  }

  presenceOf(server: LiveServer): Presence {
    const { known } = server;
    if (known.state === "pending") return { is: "pending", since: known.createdAt };
    const mono = this.#clock.monotonic();
    const lastHeardAt = server.heardAt ?? known.lastHeardAt ?? undefined;
    // Just after its own start the hub has not given anybody the time to come back (reliability, design rule 13).
    const graceMs = Math.max(0, this.#startedMono + 2 * known.intervalMs + 10_000 - mono);
    // What was before the start only the wall clock can tell, once; from then on it may be stepped as it likes.
    const silentMs =
      server.heardMono !== undefined
        ? mono - server.heardMono
        : lastHeardAt === undefined
          ? 0
          : Math.max(0, this.#startedAt - lastHeardAt) + (mono - this.#startedMono);
    const judgedMs =
      server.heardMono === undefined && graceMs > 0 ? Math.min(silentMs, STALE_INTERVALS * known.intervalMs) : silentMs;
    return presence(
      { lastHeardAt, onlineSince: server.onlineSince, createdAt: known.createdAt, silentMs: judgedMs },
      Math.max(known.intervalMs, 1_000),
    );
  }

  /** Notes that something of a server arrived just now. */
  heard(id: string): void {
    const server = this.#servers.get(id);
    if (!server) return;
    const wasOnline = server.heardMono !== undefined && this.presenceOf(server).is === "online";
    server.heardMono = this.#clock.monotonic();
    server.heardAt = this.#clock.now();
    if (!wasOnline) {
      server.onlineSince = server.heardAt;
      this.#tell({ is: "changed", serverId: id });
    }
  }

  /** What the hub applies as the policy of a server without an agent. */
  notePolicy(id: string, summary: PolicySummary): void {
    const server = this.#servers.get(id);
    if (server === undefined || JSON.stringify(server.policySummary) === JSON.stringify(summary)) return;
    server.policySummary = summary;
    this.#tell({ is: "changed", serverId: id });
  }

  /** How the hub's way to a server is now. */
  noteLinkState(id: string, state: NonNullable<Server["linkState"]>): void {
    const server = this.#servers.get(id);
    if (server === undefined) return;
    const before = server.linkState;
    server.linkState = state;
    if (before?.is !== state.is || before.detail !== state.detail) this.#tell({ is: "changed", serverId: id });
  }

  /** How all active probes about a server, and about services of it, stand now. */
  noteProbes(id: string, probes: readonly ProbeAbout[]): void {
    if (!this.#servers.has(id)) return;
    const before = JSON.stringify(this.probesAbout.countOf(id));
    const services = this.probesAbout.set(id, probes);
    if (services.length > 0) this.#tell({ is: "probed", serverId: id, services });
    if (JSON.stringify(this.probesAbout.countOf(id)) !== before) this.#tell({ is: "changed", serverId: id });
  }

  /** The newest readings of a server were taken in; `at` is when they were made. */
  tookReadings(id: string, at: Instant): void {
    this.#tell({ is: "read", serverId: id, at });
  }

  changed(id: string): void {
    this.#tell({ is: "changed", serverId: id });
  }

  /** Finds presences that changed by time passing, and writes down now and then who was heard. Call about once a second. */
  async tick(): Promise<void> {
    for (const server of this.#servers.values()) {
      const { is } = this.presenceOf(server);
      if (is !== server.toldPresence) {
        server.toldPresence = is;
        this.#tell({ is: "changed", serverId: server.known.id });
      }
    }
    const mono = this.#clock.monotonic();
    if (mono - this.#heardWrittenMono < HEARD_WRITE_EVERY_MS) return;
    this.#heardWrittenMono = mono;
    await this.writeHeard();
  }

  async writeHeard(): Promise<void> {
    const heard = [...this.#servers.values()].flatMap((server) =>
      server.heardAt === undefined || server.heardAt === server.writtenHeardAt
        ? []
        : [{ id: server.known.id, at: server.heardAt }],
    );
    await this.#store.noteHeard(heard);
    for (const { id, at } of heard) {
      const server = this.#servers.get(id);
      if (server) server.writtenHeardAt = at;
    }
  }

  /** Takes a server in that was just made. */
  async adopt(id: string): Promise<void> {
    const known = await this.#store.byId(id);
    if (!known) return;
    this.#servers.set(id, new LiveServer(known));
    this.#tell({ is: "changed", serverId: id });
  }

  /** Takes in that a server got an agent or lost it; what was read of it stays. */
  async relink(id: string): Promise<void> {
    const server = this.#servers.get(id);
    const known = await this.#store.byId(id);
    if (server === undefined || known === undefined) return;
    server.known = known;
    // Both belong to the way on which it was.
    server.linkState = undefined;
    server.policySummary = undefined;
    this.#tell({ is: "relinked", serverId: id });
    this.#tell({ is: "changed", serverId: id });
  }

  /** Throws NOT_FOUND, CONFLICT. */
  async change(id: string, patch: ServerPatch): Promise<KnownServer> {
    const known = await this.#store.change(id, patch);
    const server = this.#servers.get(id);
    if (server) server.known = known;
    this.#tell({ is: "changed", serverId: id });
    return known;
  }

  /** Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    await this.#store.delete(id);
    this.#servers.delete(id);
    this.probesAbout.delete(id);
    this.#tell({ is: "removed", serverId: id });
  }

  async noteFacts(id: string, facts: WireFacts): Promise<void> {
    await this.#store.noteFacts(id, facts);
    const server = this.#servers.get(id);
    if (server) server.known = { ...server.known, facts };
    this.#tell({ is: "changed", serverId: id });
  }

  /** What an agent said of itself at its connection, or of its policy later. */
  async noteAgent(
    id: string,
    agent: {
      readonly agentVersion?: string;
      readonly policyHash: string;
      readonly policySummary: PolicySummary;
      readonly lastSeq?: number;
    },
  ): Promise<void> {
    const server = this.#servers.get(id);
    if (!server?.known.agent) return;
    await this.#store.noteAgent(server.known.agent.id, {
      ...(agent.agentVersion === undefined ? {} : { agent_version: agent.agentVersion }),
      ...(agent.lastSeq === undefined ? {} : { last_seq: Math.max(agent.lastSeq, server.known.agent.lastSeq) }),
      policy_hash: agent.policyHash,
      policy_summary: JSON.stringify(agent.policySummary),
    });
    const fresh = await this.#store.byId(id);
    if (fresh) server.known = fresh;
    this.#tell({ is: "changed", serverId: id });
  }
}
