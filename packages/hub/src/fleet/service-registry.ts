import { DAY_MS, MusterError, serviceKeyText, summedHealth } from "@muster/core";
import type { Clock, Health, Instant, LedgerEntry, RunState, ServiceStatus, Writable } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import { AGENT_LIMITS } from "@muster/protocol";
import type { Service, ServicesFrame, WireService } from "@muster/protocol";
import type { Fleet } from "./fleet.ts";
import type { ServiceDirectory, ServiceEntry, ServiceSelection } from "./service-directory.ts";
import type { KnownService, ServiceStore } from "./service-store.ts";

export type ServiceEvent =
  | { readonly is: "changed"; readonly serviceId: string; readonly serverId: string }
  | { readonly is: "removed"; readonly serviceId: string; readonly serverId: string }
  /** More lines of a server's ledger are kept. */
  | { readonly is: "ledger"; readonly serverId: string };

interface Reading {
  readonly run: string;
  readonly cpuSeconds: number;
  readonly at: Instant;
}

interface LiveService {
  known: KnownService;
  /** CPU time at the reading before, for the share in between. */
  before: Reading | undefined;
  cpuRatio: number | null;
}

interface ServerServices {
  readonly byKey: Map<string, LiveService>;
  /** Told in the present session: until then, and when it ends, what is known is the past. */
  isCurrent: boolean;
  /** What its row does not say yet. */
  readonly unsaved: Set<LiveService>;
  /** Ids of rows that are still to be deleted. */
  readonly dropped: Set<string>;
}

/** Services of one server that are known, with those that are gone. */
const KNOWN_PER_SERVER_MAX = 4 * AGENT_LIMITS.servicesPerServerMax;
/** Lines of a ledger, and services that are gone, are kept this long. */
const KEPT_MS = 365 * DAY_MS;
/** Ten times what an agent keeps itself. */
const LINES_PER_SERVER_MAX = 100_000;

export interface ServiceFilter extends ServiceSelection {
  readonly state?: RunState | undefined;
  readonly health?: Health | undefined;
}

/** The services of all servers as they were told: lasting rows, and whether they are of now. Starts nothing. */
export class ServiceRegistry implements ServiceDirectory {
  readonly #store: ServiceStore;
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #servers = new Map<string, ServerServices>();
  readonly #byId = new Map<string, LiveService>();
  readonly #listeners = new Set<(event: ServiceEvent) => void>();

  private constructor(deps: { readonly store: ServiceStore; readonly fleet: Fleet; readonly clock: Clock }) {
    this.#store = deps.store;
    this.#fleet = deps.fleet;
    this.#clock = deps.clock;
    deps.fleet.listen((event) => {
      if (event.is === "removed") this.#forgetServer(event.serverId);
      else if (event.is === "probed") this.#probed(event.serverId, event.services);
    });
  }

  static async open(deps: {
    readonly store: ServiceStore;
    readonly fleet: Fleet;
    readonly clock: Clock;
  }): Promise<ServiceRegistry> {
    const registry = new ServiceRegistry(deps);
    for (const known of await deps.store.all()) registry.#add(registry.#server(known.serverId), known);
    for (const serverId of registry.#servers.keys()) registry.#count(serverId);
    return registry;
  }

  listen(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes what a server tells of its services. Frames of one server are taken one after the other. */
  async take(serverId: string, frame: ServicesFrame): Promise<void> {
    const now = this.#clock.now();
    const server = this.#server(serverId);
    const told = new Set<string>();
    for (const status of frame.services) {
      const key = serviceKeyText(status);
      if (!server.byKey.has(key) && !this.#makeRoom(server)) continue;
      told.add(key);
      this.#keep(server, {
        id: server.byKey.get(key)?.known.id ?? uuidv7(now),
        serverId,
        status,
        toldAt: now,
        goneAt: null,
      });
    }
    const removed = new Set(frame.removed);
    const gone = [...server.byKey]
      .filter(([key, { known }]) => known.goneAt === null && (frame.whole ? !told.has(key) : removed.has(key)))
      .map(([, service]) => service);
    for (const service of gone) {
      service.known = { ...service.known, goneAt: now };
      server.unsaved.add(service);
    }
    const becameCurrent = !server.isCurrent;
    server.isCurrent = true;
    this.#count(serverId);
    for (const { known } of gone) this.#tell({ is: "removed", serviceId: known.id, serverId });
    for (const [key, { known }] of server.byKey)
      if (known.goneAt === null && (becameCurrent || told.has(key)))
        this.#tell({ is: "changed", serviceId: known.id, serverId });
    await this.#save(server);
  }

  /** A full disk loses nothing: what could not be written is written with whatever comes next. */
  async #save(server: ServerServices): Promise<void> {
    const unsaved = [...server.unsaved];
    const dropped = [...server.dropped];
    if (unsaved.length === 0 && dropped.length === 0) return;
    server.unsaved.clear();
    server.dropped.clear();
    try {
      await this.#store.save(
        unsaved.map(({ known }) => known),
        dropped,
      );
    } catch (error) {
      for (const service of unsaved) server.unsaved.add(service);
      for (const id of dropped) server.dropped.add(id);
      throw error;
    }
  }

  /** Whether one more service of a server can be known; for its sake the one that has been gone the longest is forgotten. */
  #makeRoom(server: ServerServices): boolean {
    if (server.byKey.size < KNOWN_PER_SERVER_MAX) return true;
    const gone = [...server.byKey.values()].filter(({ known }) => known.goneAt !== null);
    const oldest = gone.reduce<LiveService | undefined>(
      (found, one) => (found === undefined || one.known.goneAt! < found.known.goneAt! ? one : found),
      undefined,
    );
    if (oldest !== undefined) this.#drop(server, oldest);
    return oldest !== undefined;
  }

  #drop(server: ServerServices, service: LiveService): void {
    server.byKey.delete(serviceKeyText(service.known.status));
    server.unsaved.delete(service);
    server.dropped.add(service.known.id);
    this.#byId.delete(service.known.id);
  }

  /** Call now and then: forgets what has been gone, and lines that were written, for longer than `KEPT_MS`. */
  async prune(): Promise<void> {
    const before = this.#clock.now() - KEPT_MS;
    for (const server of this.#servers.values()) {
      for (const service of server.byKey.values())
        if (service.known.goneAt !== null && service.known.goneAt < before) this.#drop(server, service);
      await this.#save(server);
    }
    await this.#store.deleteLines(before, LINES_PER_SERVER_MAX);
  }

  /** The link to a server ended: what is known of its services is the past from now on. */
  lost(serverId: string): void {
    const server = this.#servers.get(serverId);
    if (server?.isCurrent !== true) return;
    server.isCurrent = false;
    this.#count(serverId);
    for (const { known } of server.byKey.values())
      if (known.goneAt === null) this.#tell({ is: "changed", serviceId: known.id, serverId });
  }

  ledgerSeq(serverId: string, ledgerId: string): Promise<number> {
    return this.#store.ledgerSeq(serverId, ledgerId);
  }

  async addToLedger(serverId: string, ledgerId: string, entries: readonly LedgerEntry[]): Promise<void> {
    // A clock that runs ahead must not keep its lines longer than others'.
    const now = this.#clock.now();
    await this.#store.addToLedger(
      serverId,
      ledgerId,
      entries.map((entry) => ({ ...entry, at: Math.min(entry.at, now) })),
    );
    if (entries.length > 0) this.#tell({ is: "ledger", serverId });
  }

  /** Throws NOT_FOUND. */
  ledger(
    serviceId: string,
    choice: { readonly before?: number; readonly event?: string; readonly limit: number },
  ): Promise<readonly LedgerEntry[]> {
    const { known } = this.#get(serviceId);
    return this.#store.ledger(known.serverId, known.status, choice);
  }

  /** Throws NOT_FOUND. A service that is gone is still answered, as it was. */
  view(serviceId: string): Service {
    return this.#view(this.#get(serviceId));
  }

  /** Those that are there and fit, by server and name. */
  views(filter: ServiceFilter = {}): readonly Service[] {
    const { state, health, ...selection } = filter;
    return this.#selected(selection)
      .map((service) => this.#view(service))
      .filter(
        (view) => (state === undefined || view.state === state) && (health === undefined || view.health === health),
      );
  }

  find(serviceId: string): ServiceEntry | undefined {
    const service = this.#byId.get(serviceId);
    return service === undefined ? undefined : entryOf(service.known);
  }

  select(selection: ServiceSelection): readonly ServiceEntry[] {
    if (Object.values(selection).every((condition) => condition === undefined)) return [];
    return this.#selected(selection).map(({ known }) => entryOf(known));
  }

  #selected({ serverIds, tag, driver, kind, name }: ServiceSelection): readonly LiveService[] {
    const selected: LiveService[] = [];
    for (const serverId of serverIds ?? this.#fleet.ids()) {
      const server = this.#servers.get(serverId);
      const tags = this.#fleet.get(serverId)?.known.tags ?? [];
      if (server === undefined || (tag !== undefined && !tags.includes(tag))) continue;
      for (const service of server.byKey.values()) {
        const { status, goneAt } = service.known;
        if (goneAt !== null) continue;
        if (driver !== undefined && status.driver !== driver) continue;
        if (kind !== undefined && status.kind !== kind) continue;
        if (name !== undefined && status.name !== name) continue;
        selected.push(service);
      }
    }
    return selected;
  }

  #get(serviceId: string): LiveService {
    const service = this.#byId.get(serviceId);
    if (service === undefined) throw new MusterError("NOT_FOUND");
    return service;
  }

  #server(serverId: string): ServerServices {
    let server = this.#servers.get(serverId);
    if (server === undefined)
      this.#servers.set(
        serverId,
        (server = { byKey: new Map(), isCurrent: false, unsaved: new Set(), dropped: new Set() }),
      );
    return server;
  }

  #add(server: ServerServices, known: KnownService): LiveService {
    const service = { known, before: readingOf(known), cpuRatio: null };
    server.byKey.set(serviceKeyText(known.status), service);
    this.#byId.set(known.id, service);
    return service;
  }

  #keep(server: ServerServices, known: KnownService): void {
    const service = server.byKey.get(serviceKeyText(known.status));
    if (service === undefined) return void server.unsaved.add(this.#add(server, known));
    if (service.known.goneAt !== null || lastingText(service.known.status) !== lastingText(known.status))
      server.unsaved.add(service);
    service.known = known;
    const { before } = service;
    const reading = readingOf(known);
    if (reading === undefined || before?.run !== reading.run) service.cpuRatio = null;
    else if (reading.at > before.at && reading.cpuSeconds >= before.cpuSeconds)
      service.cpuRatio = (reading.cpuSeconds - before.cpuSeconds) / ((reading.at - before.at) / 1_000);
    service.before = reading;
  }

  #view({ known, cpuRatio }: LiveService): Service {
    const { id, serverId, toldAt, goneAt } = known;
    const usage = this.#usage(known, cpuRatio);
    const isCurrent = this.#isCurrent(known);
    const status = known.status as Writable<WireService>;
    return {
      ...status,
      id,
      serverId,
      server: this.#fleet.get(serverId)?.known.name ?? "",
      ...(goneAt !== null && { state: "unknown" as const, rawState: "gone" }),
      ...this.#healthOf(known),
      cpuRatio: isCurrent ? usage.cpuRatio : null,
      memoryBytes: isCurrent ? usage.memoryBytes : null,
      ...(status.driver === "channel" && this.#sends(known)),
      at: toldAt,
      isCurrent,
    };
  }

  #isCurrent({ serverId, goneAt }: KnownService): boolean {
    return goneAt === null && this.#servers.get(serverId)?.isCurrent === true;
  }

  /** Whoever cannot be asked is neither well nor ill; a probe about it may know nevertheless. */
  #healthOf(known: KnownService): Pick<ServiceStatus, "health" | "healthDetail"> {
    const { serverId, status, goneAt } = known;
    const { healthDetail } = status;
    const own = { health: this.#isCurrent(known) ? status.health : ("unknown" as const), healthDetail };
    return goneAt === null
      ? summedHealth(own, this.#fleet.probesAbout.ofService(serverId, serviceKeyText(status)))
      : own;
  }

  #probed(serverId: string, keys: readonly string[]): void {
    const services = keys.flatMap((key) => this.#servers.get(serverId)?.byKey.get(key) ?? []);
    this.#count(serverId);
    for (const { known } of services)
      if (known.goneAt === null) this.#tell({ is: "changed", serviceId: known.id, serverId });
  }

  /** Told with the status only while somebody looks; otherwise the newest samples say it, twice a minute. */
  #usage(
    { serverId, status, toldAt }: KnownService,
    cpuRatio: number | null,
  ): Pick<Service, "cpuRatio" | "memoryBytes"> {
    const labels = { driver: status.driver, service: status.name };
    const server = this.#fleet.get(serverId);
    const newer = (metric: string): number | undefined => {
      const sample = server?.newest(metric, labels);
      return sample !== undefined && sample.at > toldAt ? sample.value : undefined;
    };
    if (status.run === null) return { cpuRatio: null, memoryBytes: null };
    return {
      cpuRatio: newer("service_cpu_ratio") ?? cpuRatio ?? server?.newest("service_cpu_ratio", labels)?.value ?? null,
      memoryBytes: newer("service_memory_bytes") ?? status.memoryBytes,
    };
  }

  /**
   * What a channel sends. A reading from before its run is that of another run; of a run without a name, one from before
   * it was told may be.
   */
  #sends(known: KnownService): Pick<Service, "framesPerSecond" | "bytesPerSecond"> {
    const { serverId, status, toldAt } = known;
    const labels = { driver: status.driver, service: status.name };
    const fromAt = status.since ?? (status.run === null ? toldAt : 0);
    const newest = (metric: string): number | null => {
      if (!this.#isCurrent(known) || status.state !== "running") return null;
      const sample = this.#fleet.get(serverId)?.newest(metric, labels);
      return sample !== undefined && sample.at >= fromAt ? sample.value : null;
    };
    return {
      framesPerSecond: newest("channel_frames_per_second"),
      bytesPerSecond: newest("channel_bytes_per_second"),
    };
  }

  #count(serverId: string): void {
    const count = { total: 0, running: 0, failed: 0, unhealthy: 0 };
    for (const { known } of this.#servers.get(serverId)?.byKey.values() ?? []) {
      if (known.goneAt !== null) continue;
      const { state } = known.status;
      const { health } = this.#healthOf(known);
      count.total++;
      if (state === "running") count.running++;
      if (state === "failed") count.failed++;
      if (health === "unhealthy" || health === "degraded") count.unhealthy++;
    }
    if (this.#fleet.serviceCounts.set(serverId, count)) this.#fleet.changed(serverId);
  }

  #forgetServer(serverId: string): void {
    this.#fleet.serviceCounts.delete(serverId);
    for (const { known } of this.#servers.get(serverId)?.byKey.values() ?? []) {
      this.#byId.delete(known.id);
      this.#tell({ is: "removed", serviceId: known.id, serverId });
    }
    this.#servers.delete(serverId);
  }

  #tell(event: ServiceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function readingOf({ status: { run, cpuSeconds }, toldAt }: KnownService): Reading | undefined {
  return run === null || cpuSeconds === null ? undefined : { run, cpuSeconds, at: toldAt };
}

/** Without what a service uses just now, which is not worth a write. */
const lastingText = (status: WireService): string =>
  JSON.stringify({ ...status, cpuSeconds: null, memoryBytes: null, tasks: null });

const entryOf = ({ id, serverId, status }: KnownService): ServiceEntry => ({
  id,
  serverId,
  driver: status.driver,
  name: status.name,
  kind: status.kind,
});
