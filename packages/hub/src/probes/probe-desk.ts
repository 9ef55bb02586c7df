import {
  boundedResult,
  deadline,
  EMPTY_REPORT,
  firstDueInMs,
  HEALTH_RATIOS,
  isMusterError,
  MINUTE_MS,
  MusterError,
  probeEntry,
  serviceKeyText,
  tallyProbe,
} from "@muster/core";
import type { Cancellable, Clock, Instant, Logger, ProbeReport, ProbeResult, ProbeSettings } from "@muster/core";
import { LookSlots } from "@muster/node-kit";
import type { ProbeBeat, ProbeView } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceDirectory } from "../fleet/service-directory.ts";
import type { Ingest } from "../metrics/ingest.ts";
import { SampleIntake } from "../metrics/sample-intake.ts";
import { createProbe } from "./catalog.ts";
import type { Heard, Probe, ProbeActed, ProbeWay } from "./probe-kind.ts";
import type { Calls, KeptStanding, KnownProbe, ProbeDefinition, ProbeStore } from "./probe-store.ts";
import { WayDown } from "./ways.ts";

export type ProbeEvent = { readonly is: "changed" | "removed"; readonly probeId: string };

export interface ProbeDeskDeps {
  readonly store: ProbeStore;
  readonly fleet: Fleet;
  readonly services: Pick<ServiceDirectory, "select">;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  /** Runs under way at one time. */
  readonly atOnceMax: number;
  readonly wayOf: (via: string | null, account: string | undefined) => ProbeWay;
}

const BEATS_MAX = 30;
/** At a start, what is looked at rarely is looked at within this. */
const FIRST_LOOK_MS_MAX = MINUTE_MS;

/** Results of many probes are made durable together, or each would cost a write to the disk of its own. */
const STORE_EVERY_MS = 1_000;

interface Gathered {
  readonly live: LiveProbe;
  readonly samples: ProbeResult["samples"];
  readonly at: Instant;
}

/** A probe as it is now. */
interface LiveProbe {
  known: KnownProbe;
  standing: KeptStanding;
  heard: Calls;
  report: ProbeReport;
  reportAt: Instant | null;
  last: (Pick<ProbeResult, "detail" | "tookMs"> & { readonly at: Instant }) | undefined;
  certificateUntil: Instant | null;
  probe: Promise<Probe> | undefined;
  dueMs: number;
  timer: Cancellable | undefined;
  running: Promise<ProbeResult> | undefined;
  ending: AbortController;
  readonly intake: SampleIntake;
}

/** Runs all probes at their intervals, each at its own place in it, and holds what they are. */
export class ProbeDesk {
  readonly #deps: ProbeDeskDeps;
  readonly #probes = new Map<string, LiveProbe>();
  readonly #byToken = new Map<string, LiveProbe>();
  /** What is about each server. */
  readonly #about = new Map<string, Set<LiveProbe>>();
  readonly #slots: LookSlots;
  #gathered: Gathered[] = [];
  /** Whose health is another one than is kept. */
  readonly #changed = new Set<string>();
  #storeTimer: Cancellable | undefined;
  /** What is being stored; one after the other. */
  #storing: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(event: ProbeEvent) => void>();
  /** How late runs begin that the clock asked for; for measuring. */
  #onLateness: ((lateMs: number) => void) | undefined;
  #state: "built" | "running" | "stopped" = "built";

  private constructor(deps: ProbeDeskDeps) {
    this.#deps = deps;
    this.#slots = new LookSlots(deps.atOnceMax);
  }

  static async open(deps: ProbeDeskDeps): Promise<ProbeDesk> {
    const desk = new ProbeDesk(deps);
    for (const known of await deps.store.all()) desk.#enter(desk.#live(known));
    deps.fleet.listen(({ is, serverId }) => {
      if (is === "removed") desk.#serverRemoved(serverId);
    });
    for (const serverId of desk.#about.keys()) desk.#noteAbout(serverId);
    return desk;
  }

  listen(listener: (event: ProbeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to look. */
  start(): void {
    if (this.#state !== "built") return;
    this.#state = "running";
    for (const live of this.#probes.values()) this.#arm(live, "at-its-turn");
  }

  /** Ends all runs, and keeps how things stood. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    const running = [...this.#probes.values()].flatMap((live) => live.running ?? []);
    for (const live of this.#probes.values()) this.#end(live);
    await Promise.allSettled(running);
    await this.#storeNow();
    await this.#deps.store.keepStandings(new Map([...this.#probes].map(([id, { standing }]) => [id, standing])));
  }

  ids(): readonly string[] {
    return [...this.#probes.keys()];
  }

  has(id: string): boolean {
    return this.#probes.has(id);
  }

  /** Throws NOT_FOUND. */
  definition(id: string): KnownProbe {
    return this.#get(id).known;
  }

  /** Throws NOT_FOUND. */
  view(id: string): ProbeView {
    return this.#view(this.#get(id));
  }

  views(): readonly ProbeView[] {
    return [...this.#probes.values()]
      .map((live) => this.#view(live))
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** What the last run saw. Throws NOT_FOUND. */
  report(id: string): { readonly report: ProbeReport; readonly reportAt: Instant | null } {
    const { report, reportAt } = this.#get(id);
    return { report, reportAt };
  }

  /** Throws CONFLICT, NOT_FOUND. Answers the token of one that waits to be called. */
  async add(
    definition: ProbeDefinition,
    secret: string | undefined,
  ): Promise<{ readonly view: ProbeView; readonly token: string | null }> {
    const { probe, token } = await this.#deps.store.add(definition, secret);
    const live = this.#live(probe);
    this.#enter(live);
    this.#arm(live, "now");
    this.#noteAbout(probe.about);
    this.#tell("changed", probe.id);
    return { view: this.#view(live), token };
  }

  /** Another target forgets the secret, unless one is given. Throws NOT_FOUND, CONFLICT. */
  async change(id: string, definition: ProbeDefinition, secret: string | null | undefined): Promise<ProbeView> {
    const live = this.#get(id);
    const before = live.known;
    const kept = secret === undefined && before.hasSecret && !isSameTarget(before, definition) ? null : secret;
    this.#become(live, await this.#deps.store.change(id, definition, kept));
    const isSame =
      kept === undefined &&
      JSON.stringify([before.settings, before.via]) === JSON.stringify([definition.settings, definition.via]);
    this.#end(live);
    live.ending = new AbortController();
    for (const serverId of new Set([before.about, live.known.about])) this.#noteAbout(serverId);
    if (!isSame) Object.assign(live, { report: EMPTY_REPORT, reportAt: null, certificateUntil: null });
    this.#arm(live, "now");
    this.#tell("changed", id);
    return this.#view(live);
  }

  /** Nothing of it is stored any more when it resolves. Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    const live = this.#get(id);
    await this.#deps.store.delete(id);
    this.#leave(live);
    this.#end(live);
    this.#noteAbout(live.known.about);
    this.#tell("removed", id);
    await this.#storing;
  }

  /** Throws NOT_FOUND, CONFLICT where it does not wait to be called. */
  async renewToken(id: string): Promise<string> {
    const live = this.#get(id);
    if (live.known.kind !== "passive")
      throw new MusterError("CONFLICT", { message: "Only a passive probe has an address to be called at." });
    const { probe, token } = await this.#deps.store.renewToken(id);
    this.#become(live, probe);
    return token;
  }

  /** Looks now, or joins a run under way; the result counts. Throws NOT_FOUND, CONFLICT while it is paused. */
  async run(id: string): Promise<ProbeResult> {
    const live = this.#get(id);
    if (live.known.state === "paused")
      throw new MusterError("CONFLICT", { message: "This probe is paused; let it go on first." });
    const running = live.running ?? this.#run(live, "asked");
    this.#slots.hurry(live.ending.signal);
    return running;
  }

  /** Looks once with other settings and keeps nothing. */
  async trial(
    { kind, settings, via }: Pick<ProbeDefinition, "kind" | "settings" | "via">,
    secret: string | undefined,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    const { clock, wayOf } = this.#deps;
    const nothing = { ended: null, started: null, since: clock.now() };
    const probe = createProbe(kind, settings, { clock, secret, way: wayOf(via, undefined), heard: () => nothing });
    const limit = deadline(clock, timeoutMs, signal);
    try {
      return await this.#tried(Promise.resolve(probe), limit.signal, { kind });
    } finally {
      limit.done();
      probe.close?.();
    }
  }

  /** Does one of its kind's acts. Throws NOT_FOUND. */
  async act(id: string, act: string, given: ProbeSettings, signal: AbortSignal): Promise<ProbeActed> {
    const live = this.#get(id);
    const probe = await this.#probeOf(live);
    if (probe.act === undefined) throw new MusterError("NOT_FOUND");
    const acted = await probe.act(act, given, signal).catch((error: unknown): ProbeActed => {
      // The way may have gone in the middle of it.
      if (error instanceof WayDown) return { outcome: "unknown", detail: error.message };
      throw error;
    });
    if (live.known.state === "active") void this.run(id).catch(() => undefined);
    return acted;
  }

  /** A call of whatever a passive probe waits for. Durable when it resolves. Throws NOT_FOUND. */
  async heard(tokenHash: string, call: Omit<Heard, "at">): Promise<void> {
    const live = this.#byToken.get(tokenHash);
    if (live === undefined) throw new MusterError("NOT_FOUND");
    const { store, clock } = this.#deps;
    const told = { ...call, at: Math.round(clock.now()) };
    const { ended, started } = live.heard;
    // A start belongs to the end that follows it, and to no later one.
    const begun = started !== null && (ended === null || started.at > ended.at) ? started : null;
    // At once: a call that comes while this one is written must not undo it.
    live.heard = call.is === "start" ? { ended, started: told } : { ended: told, started: begun };
    await store.keepHeard(live.known.id, live.heard);
    if (live.known.state === "active") void this.run(live.known.id).catch(() => undefined);
  }

  /** For a benchmark: how many milliseconds after its time each run began. */
  watchLateness(take: (lateMs: number) => void): void {
    this.#onLateness = take;
  }

  #get(id: string): LiveProbe {
    const live = this.#probes.get(id);
    if (live === undefined) throw new MusterError("NOT_FOUND");
    return live;
  }

  /** From here on it is found: by its id, by what calls it, and by whom it is about. */
  #enter(live: LiveProbe): void {
    const { id, tokenHash, about } = live.known;
    this.#probes.set(id, live);
    if (tokenHash !== null) this.#byToken.set(tokenHash, live);
    if (about === null) return;
    const others = this.#about.get(about);
    if (others === undefined) this.#about.set(about, new Set([live]));
    else others.add(live);
  }

  #leave(live: LiveProbe): void {
    const { id, tokenHash, about } = live.known;
    this.#probes.delete(id);
    if (tokenHash !== null) this.#byToken.delete(tokenHash);
    if (about !== null) this.#about.get(about)?.delete(live);
  }

  #become(live: LiveProbe, known: KnownProbe): void {
    this.#leave(live);
    live.known = known;
    this.#enter(live);
  }

  #live(known: KnownProbe): LiveProbe {
    const { beats } = known.standing;
    const last = beats.at(-1);
    return {
      ...{ known, standing: known.standing, heard: known.heard, report: EMPTY_REPORT, reportAt: null },
      last: last && { at: last.at, tookMs: last.tookMs, detail: "" },
      ...{ certificateUntil: null, probe: undefined, dueMs: 0, timer: undefined, running: undefined },
      ...{ ending: new AbortController(), intake: new SampleIntake(known.id, this.#deps.ingest) },
    };
  }

  #view({ known, standing, last, certificateUntil, dueMs, timer }: LiveProbe): ProbeView {
    const { clock } = this.#deps;
    const isPaused = known.state === "paused";
    return {
      ...{ id: known.id, name: known.name, kind: known.kind, target: targetOf(known) },
      // Without the server from which it looks it looks from nowhere, and says so; what is about a server ends with it.
      via: known.via === null ? null : { serverId: known.via, name: this.#nameOf(known.via) ?? "" },
      about: this.#aboutOf(known),
      tags: [...known.tags],
      ...{ state: known.state, maintenanceUntil: known.maintenanceUntil, createdAt: known.createdAt },
      ...{ intervalMs: known.intervalMs, timeoutMs: known.timeoutMs, rise: known.rise, fall: known.fall },
      hasSecret: known.hasSecret,
      settings: known.settings as ProbeView["settings"],
      health: isPaused ? "unknown" : standing.health,
      since: standing.since,
      detail: last?.detail ?? "",
      lastAt: last?.at ?? null,
      nextAt: timer === undefined ? null : Math.round(clock.now() + Math.max(0, dueMs - clock.monotonic())),
      tookMs: last?.tookMs ?? null,
      certificateUntil,
      beats: [...standing.beats],
    };
  }

  #aboutOf({ about, service }: KnownProbe): ProbeView["about"] {
    const name = about === null ? undefined : this.#nameOf(about);
    if (about === null || name === undefined) return null;
    if (service === null) return { serverId: about, name, service };
    const [found] = this.#deps.services.select({ serverIds: [about], ...service });
    return { serverId: about, name, service: { id: found?.id ?? null, ...service } };
  }

  #nameOf(serverId: string): string | undefined {
    return this.#deps.fleet.get(serverId)?.known.name;
  }

  #arm(live: LiveProbe, first: "now" | "at-its-turn" | "again"): void {
    const { clock } = this.#deps;
    live.timer?.cancel();
    live.timer = undefined;
    if (this.#state !== "running" || live.known.state !== "active") return;
    const { id, intervalMs } = live.known;
    if (first === "now") live.dueMs = clock.monotonic();
    if (first === "at-its-turn")
      live.dueMs = clock.monotonic() + firstDueInMs(id, Math.min(intervalMs, FIRST_LOOK_MS_MAX), clock.now());
    live.timer = clock.after(Math.max(0, live.dueMs - clock.monotonic()), () => {
      if (live.running === undefined) void this.#run(live, "due").catch(() => undefined);
    });
  }

  /** Its run ends by itself; the next one need not wait for that, because its slot does. */
  #end(live: LiveProbe): void {
    live.timer?.cancel();
    live.timer = undefined;
    live.ending.abort(new MusterError("CONFLICT", { message: "The probe was changed, deleted or stopped meanwhile." }));
    const { probe } = live;
    live.probe = undefined;
    live.running = undefined;
    void probe?.then((made) => made.close?.()).catch(() => undefined);
  }

  #run(live: LiveProbe, why: "due" | "asked"): Promise<ProbeResult> {
    const { ending } = live;
    const begunMs = this.#deps.clock.monotonic();
    const running = this.#ran(live, ending.signal, why).finally(() => {
      if (live.running === running) live.running = undefined;
      if (ending.signal.aborted) return;
      const { clock } = this.#deps;
      const { id, intervalMs } = live.known;
      const nowMs = clock.monotonic();
      // Its own place in the interval, but not right after this run: that one was early, or asked for just before its turn.
      const earliestMs = Math.max(nowMs, begunMs + intervalMs / 2);
      live.dueMs = earliestMs + firstDueInMs(id, intervalMs, clock.now() + earliestMs - nowMs);
      this.#arm(live, "again");
    });
    live.running = running;
    return running;
  }

  async #ran(live: LiveProbe, ending: AbortSignal, why: "due" | "asked"): Promise<ProbeResult> {
    const { clock } = this.#deps;
    const release = await this.#slots.take(live.known.id, ending);
    if (why === "due") this.#onLateness?.(clock.monotonic() - live.dueMs);
    const limit = deadline(clock, live.known.timeoutMs, ending);
    const at = Math.round(clock.now());
    try {
      ending.throwIfAborted();
      const { kind, id } = live.known;
      const result = await this.#tried(this.#probeOf(live), limit.signal, { kind, probeId: id });
      ending.throwIfAborted();
      this.#took(live, result, at);
      return result;
    } finally {
      limit.done();
      release();
    }
  }

  /** Never throws but for a run that was ended from outside. */
  async #tried(
    made: Promise<Probe>,
    signal: AbortSignal,
    who: Readonly<Record<string, unknown>>,
  ): Promise<ProbeResult> {
    const nothing = { tookMs: null, samples: [], report: EMPTY_REPORT };
    try {
      const probe = await made;
      return boundedResult(await probe.run(signal));
    } catch (error) {
      if (error instanceof WayDown) return { ...nothing, health: "unknown", detail: error.message };
      if (signal.aborted) return { ...nothing, health: "unhealthy", detail: "no answer in time" };
      this.#deps.log.error("a probe failed for a reason that was not foreseen", { ...who, error });
      return { ...nothing, health: "unknown", detail: "it could not be looked at; the hub's log has the cause" };
    }
  }

  #storeNow(): Promise<void> {
    this.#storeTimer?.cancel();
    this.#storeTimer = undefined;
    this.#storing = this.#storing.then(() => this.#store());
    return this.#storing;
  }

  /** Stores what was gathered. The next result is as good as one that cannot be stored, which the ingest says. */
  async #store(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    const take = ({ live, samples, at }: Gathered): Promise<void> =>
      live.intake.take(samples, at, false).catch((error: unknown) => {
        if (!isMusterError(error))
          this.#deps.log.error("a result of a probe could not be stored", { probeId: live.known.id, error });
      });
    await Promise.all(gathered.filter(({ live }) => this.#probes.has(live.known.id)).map(take));
    const standings = [...this.#changed].flatMap((id) => {
      const live = this.#probes.get(id);
      return live === undefined ? [] : [[id, live.standing] as const];
    });
    this.#changed.clear();
    await this.#deps.store
      .keepStandings(new Map(standings))
      .catch((error: unknown) => this.#deps.log.error("how probes stand could not be kept", { error }));
  }

  #took(live: LiveProbe, result: ProbeResult, at: Instant): void {
    const { clock } = this.#deps;
    const { id } = live.known;
    const before = live.standing;
    const beat: ProbeBeat = { at, health: result.health, tookMs: result.tookMs };
    live.standing = {
      ...tallyProbe(before, result.health, at, live.known),
      beats: [...before.beats, beat].slice(-BEATS_MAX),
    };
    live.last = { at, detail: result.detail, tookMs: result.tookMs };
    live.report = result.report;
    live.reportAt = at;
    const until = result.report.facts.find(({ key }) => key === "certificateUntil")?.value;
    if (typeof until === "number") live.certificateUntil = until;
    const samples = [
      ...(result.health === "unknown" ? [] : [{ metric: "probe_health_ratio", value: HEALTH_RATIOS[result.health] }]),
      ...(result.tookMs === null ? [] : [{ metric: "probe_duration_seconds", value: result.tookMs / 1_000 }]),
      ...result.samples,
    ];
    this.#gathered.push({ live, samples, at });
    this.#storeTimer ??= clock.after(STORE_EVERY_MS, () => void this.#storeNow());
    if (live.standing.health !== before.health) this.#changed.add(id);
    this.#noteAbout(live.known.about);
    this.#tell("changed", id);
  }

  /** Made once, with its secret; made anew when anything of it changes. */
  #probeOf(live: LiveProbe): Promise<Probe> {
    const { store, clock, wayOf } = this.#deps;
    const { id } = live.known;
    if (live.probe !== undefined) return live.probe;
    const made = store.opened(id).then(({ known: { kind, settings, via, createdAt }, secret }) =>
      createProbe(kind, settings, {
        ...{ clock, secret, way: wayOf(via, id) },
        heard: () => ({ ...live.heard, since: createdAt }),
      }),
    );
    live.probe = made;
    made.catch(() => {
      if (live.probe === made) live.probe = undefined;
    });
    return made;
  }

  /** What was about it stands for itself, as the database has it; what went by way of it says that it is not there. */
  #serverRemoved(serverId: string): void {
    for (const live of this.#about.get(serverId) ?? []) {
      live.known = { ...live.known, about: null, service: null };
      this.#tell("changed", live.known.id);
    }
    this.#about.delete(serverId);
  }

  /** What is about a server or a service of it is part of how that one does. */
  #noteAbout(serverId: string | null): void {
    if (serverId === null) return;
    const active = [...(this.#about.get(serverId) ?? [])].filter(({ known }) => known.state === "active");
    this.#deps.fleet.noteProbes(
      serverId,
      active.map(({ known: { name, service }, standing: { health }, last }) => ({
        ...{ name, health, detail: last?.detail ?? "" },
        service: service === null ? null : serviceKeyText(service),
      })),
    );
  }

  #tell(is: ProbeEvent["is"], probeId: string): void {
    for (const listener of this.#listeners) listener({ is, probeId });
  }
}

/** What it looks at, for people. */
export const targetOf = ({ kind, settings }: Pick<ProbeDefinition, "kind" | "settings">): string =>
  probeEntry(kind).target(settings as never);

/** Whether a secret that was given for one goes to the same place by the other (PB10). */
export const isSameTarget = (one: Target, other: Target): boolean =>
  one.kind === other.kind && targetOf(one) === targetOf(other) && one.via === other.via;

type Target = Pick<ProbeDefinition, "kind" | "settings" | "via">;
