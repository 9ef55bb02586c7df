import {
  advanceIncident,
  decideTelling,
  incidentTitle,
  isHeldBack,
  MusterError,
  noticeOf,
  openIncident,
  REOPEN_MS,
  takesIn,
  toldOf,
  wrongMembers,
} from "@muster/core";
import type {
  Clock,
  Incident,
  IncidentEvent,
  Instant,
  Logger,
  Rule,
  ServiceKey,
  SilenceWorld,
  TimelineEntry,
} from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { IncidentView } from "@muster/protocol";
import type { Hearers } from "./hearers.ts";
import { OWED_MS_MAX } from "./incident-store.ts";
import type { IncidentChange, IncidentStore, KnownIncident, Telling } from "./incident-store.ts";
import type { AlertEffect } from "./rule-watch.ts";
import type { SilenceStore } from "./silence-store.ts";

export interface IncidentDeskDeps {
  readonly store: IncidentStore;
  readonly silences: Pick<SilenceStore, "all">;
  readonly hearers: Hearers;
  /** Whom a rule tells; null: whoever is told by default. */
  readonly notifiersOf: (ruleId: string) => readonly string[] | null;
  readonly world: SilenceWorld & {
    serverName(serverId: string): string | undefined;
    serviceId(serverId: string, service: ServiceKey): string | undefined;
  };
  readonly clock: Clock;
  readonly log: Logger;
  readonly hubUrl: () => string;
}

/** `before`: as it was; undefined for one that is new. */
type IncidentListener = (incident: Incident, before: Incident | undefined) => void;

interface Live extends KnownIncident {
  readonly incident: Incident;
}

/** An incident as a turn makes it. */
interface Draft {
  readonly before: Incident | undefined;
  incident: Incident;
  readonly entries: TimelineEntry[];
}

const SERVERS_SHOWN_MAX = 20;
const SERVICES_SOUGHT_MAX = 100;

/**
 * All incidents that can still change, and what everybody was told of them. A turn takes in what rules found, decides what
 * is to be told, and keeps both in one transaction: what could not be kept is tried again with the next turn.
 */
export class IncidentDesk {
  readonly #deps: IncidentDeskDeps;
  readonly #live = new Map<string, Live>();
  /** By rule and key, for incidents that take them in. */
  readonly #byKey = new Map<string, string>();
  /** The newest incident of each rule. */
  readonly #newest = new Map<string, string>();
  #pending: AlertEffect[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<IncidentListener>();

  private constructor(deps: IncidentDeskDeps) {
    this.#deps = deps;
  }

  static async open(deps: IncidentDeskDeps): Promise<IncidentDesk> {
    const desk = new IncidentDesk(deps);
    for (const known of await deps.store.alive(deps.clock.now())) desk.#enter(known);
    return desk;
  }

  /** Hears of every incident that is new or other than it was. */
  listen(listener: IncidentListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Oldest first. */
  get open(): readonly Incident[] {
    return [...this.#live.values()].flatMap(({ incident }) => (incident.state === "open" ? [incident] : []));
  }

  reopenedOf(ruleId: string, key: string): number {
    const id = this.#byKey.get(`${ruleId} ${key}`);
    return (id === undefined ? undefined : this.#live.get(id)?.incident.reopened) ?? 0;
  }

  /** Takes in what rules found, and tells what is to be told. */
  turn(effects: readonly AlertEffect[]): Promise<void> {
    this.#pending.push(...effects);
    return this.#oneAtATime(async () => {
      const drafts = new Map<string, Draft>();
      const pending = this.#pending;
      this.#apply(pending, drafts);
      await this.#keep(drafts, true);
      // More may have come while this was written.
      this.#pending = this.#pending.slice(pending.length);
      this.#forget();
    });
  }

  /** What somebody did to an incident. Durable when it resolves. Throws NOT_FOUND. */
  async act(id: string, event: Exclude<IncidentEvent, { is: "fired" | "cleared" }>): Promise<Incident> {
    return this.#oneAtATime(async () => {
      const incident = this.#live.get(id)?.incident ?? (await this.#deps.store.byId(id));
      if (incident === undefined) throw new MusterError("NOT_FOUND");
      const draft: Draft = { before: incident, incident, entries: [] };
      this.#advance(draft, event);
      await this.#keep(new Map([[id, draft]]), false);
      return draft.incident;
    });
  }

  view(incident: Incident): IncidentView {
    const { silences, world, clock } = this.#deps;
    const wrong = wrongMembers(incident);
    const subjects = incident.members.map(({ subject }) => subject);
    const serverIds = new Set(subjects.flatMap(({ serverId }) => serverId ?? []));
    const probeIds = new Set(subjects.flatMap(({ probeId }) => probeId ?? []));
    const services = new Set(
      subjects.slice(0, SERVICES_SOUGHT_MAX).flatMap(({ serverId, service }) => {
        if (serverId === null || service === null) return [];
        return world.serviceId(serverId, service) ?? [];
      }),
    );
    return {
      ...{ id: incident.id, ruleId: incident.ruleId, rule: incident.ruleName, state: incident.state },
      ...{ severity: incident.severity, title: incidentTitle(incident), openedAt: incident.openedAt },
      ...{ resolvedAt: incident.resolvedAt, reopened: incident.reopened, snoozedUntil: incident.snoozedUntil },
      acknowledged: incident.acknowledged === null ? null : { ...incident.acknowledged },
      isHeld: incident.state === "open" && isHeldBack(incident, silences.all, world, clock.now()),
      ...{ wrongCount: wrong.length, memberCount: incident.members.length },
      servers: [...serverIds].slice(0, SERVERS_SHOWN_MAX).flatMap((id) => {
        const name = world.serverName(id);
        return name === undefined ? [] : [{ id, name }];
      }),
      serviceIds: [...services].slice(0, SERVERS_SHOWN_MAX),
      probeIds: [...probeIds].slice(0, SERVERS_SHOWN_MAX),
    };
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #apply(effects: readonly AlertEffect[], drafts: Map<string, Draft>): void {
    const at = this.#deps.clock.now();
    for (const [ruleId, ofRule] of Map.groupBy(effects, ({ rule }) => rule.id)) {
      // In the order in which they came: what ended and began again within one turn is wrong now.
      for (const run of runs(ofRule)) {
        const [first] = run;
        if (first?.member === undefined) this.#applyCleared(ruleId, run, drafts, at);
        else this.#applyFired(first.rule, run, drafts, at);
      }
    }
  }

  #applyCleared(ruleId: string, effects: readonly AlertEffect[], drafts: Map<string, Draft>, at: Instant): void {
    const byIncident = Map.groupBy(effects, ({ key }) => this.#incidentWith(ruleId, key, drafts));
    for (const [id, ended] of byIncident) {
      const draft = id === undefined ? undefined : this.#draft(id, drafts);
      if (draft === undefined) continue;
      for (const [why, some] of Map.groupBy(ended, (one) => one.why))
        this.#advance(draft, { is: "cleared", keys: some.map(({ key }) => key), why }, at);
    }
  }

  #applyFired(rule: Rule, effects: readonly AlertEffect[], drafts: Map<string, Draft>, at: Instant): void {
    const fresh = Map.groupBy(effects, ({ key }) => {
      const own = this.#incidentWith(rule.id, key, drafts);
      if (own !== undefined && this.#isTaking(own, key, drafts, at)) return own;
      const newest = this.#newest.get(rule.id);
      return newest !== undefined && this.#isTaking(newest, key, drafts, at) ? newest : undefined;
    });
    for (const [id, some] of fresh) {
      const members = some.flatMap(({ member }) => member ?? []);
      const draft = id === undefined ? undefined : this.#draft(id, drafts);
      if (draft !== undefined) this.#advance(draft, { is: "fired", members }, at);
      else {
        const { incident, entries } = openIncident(uuidv7(at), rule, members, at);
        drafts.set(incident.id, { before: undefined, incident, entries: [...entries] });
        this.#newest.set(rule.id, incident.id);
      }
    }
  }

  #isTaking(id: string, key: string, drafts: ReadonlyMap<string, Draft>, at: Instant): boolean {
    const incident = drafts.get(id)?.incident ?? this.#live.get(id)?.incident;
    return incident !== undefined && takesIn(incident, key, at);
  }

  #incidentWith(ruleId: string, key: string, drafts: ReadonlyMap<string, Draft>): string | undefined {
    const known = this.#byKey.get(`${ruleId} ${key}`);
    if (known !== undefined) return known;
    for (const { incident } of drafts.values())
      if (incident.ruleId === ruleId && incident.members.some((member) => member.key === key)) return incident.id;
    return undefined;
  }

  #draft(id: string, drafts: Map<string, Draft>): Draft | undefined {
    const known = drafts.get(id);
    if (known !== undefined) return known;
    const incident = this.#live.get(id)?.incident;
    if (incident === undefined) return undefined;
    const draft: Draft = { before: incident, incident, entries: [] };
    drafts.set(id, draft);
    return draft;
  }

  #advance(draft: Draft, event: IncidentEvent, at = this.#deps.clock.now()): void {
    const { incident, entries } = advanceIncident(draft.incident, event, at);
    draft.incident = incident;
    draft.entries.push(...entries);
  }

  /** Keeps what became of incidents with what is to be told now: of these, or of all that live. */
  async #keep(drafts: Map<string, Draft>, isOfAll: boolean): Promise<void> {
    const changes: IncidentChange[] = [...drafts.values()]
      .filter(({ before, incident }) => before !== incident)
      .map((draft) => ({ ...draft, tellings: this.#tellings(draft.incident) }));
    if (isOfAll)
      for (const { incident } of this.#live.values()) {
        if (drafts.get(incident.id)?.before !== undefined && drafts.get(incident.id)?.incident !== incident) continue;
        const tellings = this.#tellings(incident);
        if (tellings.length > 0) changes.push({ incident, before: incident, entries: [], tellings });
      }
    await this.#deps.store.save(changes);
    for (const { incident, tellings, entries, before } of changes) {
      const told = new Map(this.#live.get(incident.id)?.told);
      for (const telling of tellings) told.set(telling.notifierId, telling.told);
      if (this.#live.has(incident.id) || before === undefined) this.#enter({ incident, told });
      if (entries.length > 0 || before !== incident) for (const listener of this.#listeners) listener(incident, before);
    }
  }

  #tellings(incident: Incident): readonly Telling[] {
    const { hearers, notifiersOf, silences, world, clock, hubUrl } = this.#deps;
    const now = clock.now();
    const hearing = hearers.of(notifiersOf(incident.ruleId));
    if (hearing.length === 0) return [];
    const isHeld = isHeldBack(incident, silences.all, world, now);
    const told = this.#live.get(incident.id)?.told;
    return hearing.flatMap((hearer): readonly Telling[] => {
      const isQuiet = isHeld || !hearer.isIn(now);
      const kind = decideTelling(incident, told?.get(hearer.notifierId), hearer.hearing, isQuiet, now);
      if (kind === undefined) return [];
      const url = `${hubUrl()}/incidents/${incident.id}`;
      const notice = noticeOf(incident, { key: uuidv7(now), kind, at: now, url });
      return [{ notifierId: hearer.notifierId, told: toldOf(incident, now), notice }];
    });
  }

  #enter(known: Live): void {
    const { incident } = known;
    this.#live.set(incident.id, known);
    for (const { key } of incident.members) this.#byKey.set(`${incident.ruleId} ${key}`, incident.id);
    const newest = this.#live.get(this.#newest.get(incident.ruleId) ?? "")?.incident;
    if (newest === undefined || newest.openedAt <= incident.openedAt) this.#newest.set(incident.ruleId, incident.id);
  }

  /** What ended long ago, and of whose end everybody has heard, does not change any more. */
  #forget(): void {
    const now = this.#deps.clock.now();
    for (const [id, { incident, told }] of this.#live) {
      const { resolvedAt, ruleId } = incident;
      if (resolvedAt === null || resolvedAt > now - REOPEN_MS) continue;
      const isOwed = [...told.values()].some(({ state }) => state === "open");
      if (isOwed && resolvedAt > now - OWED_MS_MAX) continue;
      this.#live.delete(id);
      if (this.#newest.get(ruleId) === id) this.#newest.delete(ruleId);
      for (const { key } of incident.members)
        if (this.#byKey.get(`${ruleId} ${key}`) === id) this.#byKey.delete(`${ruleId} ${key}`);
    }
  }
}

/** Effects in a row of which all begin, or all end. */
function runs(effects: readonly AlertEffect[]): readonly (readonly AlertEffect[])[] {
  const found: AlertEffect[][] = [];
  for (const effect of effects) {
    const last = found.at(-1);
    if (last?.[0] !== undefined && (last[0].member === undefined) === (effect.member === undefined)) last.push(effect);
    else found.push([effect]);
  }
  return found;
}
