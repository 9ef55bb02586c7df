import {
  advanceDraft,
  decideTelling,
  incidentBehind,
  incidentTitle,
  isHeldBack,
  isSettled,
  MusterError,
  noticeOf,
  takeIn,
  toldOf,
  wrongMembers,
} from "@muster/core";
import type {
  Clock,
  Dependencies,
  Incident,
  IncidentDraft,
  IncidentEffect,
  IncidentEvent,
  LiveIncidents,
  Logger,
  ServiceKey,
  SilenceWorld,
} from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { IncidentView } from "@muster/protocol";
import type { Hearers } from "./hearers.ts";
import type { IncidentChange, IncidentStore, KnownIncident, Telling } from "./incident-store.ts";
import type { ServerParents } from "./server-parents.ts";
import type { SilenceStore } from "./silence-store.ts";

export interface IncidentDeskDeps {
  readonly store: IncidentStore;
  readonly silences: Pick<SilenceStore, "all">;
  readonly parents: Dependencies & Pick<ServerParents, "placeView">;
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
  readonly #incidents: LiveIncidents = {
    incident: (id) => this.#live.get(id)?.incident,
    idWith: (ruleId, key) => this.#byKey.get(`${ruleId} ${key}`),
    newestOf: (ruleId) => this.#newest.get(ruleId),
  };
  /** What each was held behind at the last turn, for those who show it. */
  readonly #behind = new Map<string, string>();
  #pending: IncidentEffect[] = [];
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
  turn(effects: readonly IncidentEffect[]): Promise<void> {
    this.#pending = [...this.#pending, ...effects];
    return this.#oneAtATime(async () => {
      const pending = this.#pending;
      const at = this.#deps.clock.now();
      const drafts = takeIn(pending, this.#incidents, () => uuidv7(at), at);
      await this.#keep(drafts, true);
      // More may have come while this was written.
      this.#pending = this.#pending.slice(pending.length);
      this.#tellBehind();
      this.#forget();
    });
  }

  /** What somebody did to an incident. Durable when it resolves. Throws NOT_FOUND. */
  async act(id: string, event: Exclude<IncidentEvent, { is: "fired" | "cleared" }>): Promise<Incident> {
    return this.#oneAtATime(async () => {
      const incident = this.#live.get(id)?.incident ?? (await this.#deps.store.byId(id));
      if (incident === undefined) throw new MusterError("NOT_FOUND");
      const draft: IncidentDraft = { before: incident, incident, entries: [] };
      advanceDraft(draft, event, this.#deps.clock.now());
      await this.#keep(new Map([[id, draft]]), false);
      return draft.incident;
    });
  }

  view(incident: Incident): IncidentView {
    const { silences, parents, world, clock } = this.#deps;
    const behind = incidentBehind(incident, parents);
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
      heldBehind: behind === undefined ? null : (parents.placeView(behind) ?? null),
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

  /** Keeps what became of incidents with what is to be told now: of these, or of all that live. */
  async #keep(drafts: Map<string, IncidentDraft>, isOfAll: boolean): Promise<void> {
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
    const { hearers, notifiersOf, silences, parents, world, clock, hubUrl } = this.#deps;
    const now = clock.now();
    const hearing = hearers.of(notifiersOf(incident.ruleId));
    if (hearing.length === 0) return [];
    const isHeld = isHeldBack(incident, silences.all, world, now) || incidentBehind(incident, parents) !== undefined;
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

  /** Shows again what is held since now, or not any more: nothing of the incident itself has changed. */
  #tellBehind(): void {
    for (const [id, { incident }] of this.#live) {
      const behind = incidentBehind(incident, this.#deps.parents)?.id;
      if (behind === this.#behind.get(id)) continue;
      if (behind === undefined) this.#behind.delete(id);
      else this.#behind.set(id, behind);
      for (const listener of this.#listeners) listener(incident, incident);
    }
  }

  #enter(known: Live): void {
    const { incident } = known;
    this.#live.set(incident.id, known);
    for (const { key } of incident.members) {
      // An older one, whose end is told only now, does not take back what is wrong in a newer one.
      const last = this.#live.get(this.#byKey.get(`${incident.ruleId} ${key}`) ?? "")?.incident;
      if (last === undefined || last.openedAt <= incident.openedAt)
        this.#byKey.set(`${incident.ruleId} ${key}`, incident.id);
    }
    const newest = this.#live.get(this.#newest.get(incident.ruleId) ?? "")?.incident;
    if (newest === undefined || newest.openedAt <= incident.openedAt) this.#newest.set(incident.ruleId, incident.id);
  }

  /** What ended long ago, and of whose end everybody has heard, does not change any more. */
  #forget(): void {
    const now = this.#deps.clock.now();
    for (const [id, { incident, told }] of this.#live) {
      if (!isSettled(incident, told.values(), now)) continue;
      const { ruleId } = incident;
      this.#live.delete(id);
      this.#behind.delete(id);
      if (this.#newest.get(ruleId) === id) this.#newest.delete(ruleId);
      for (const { key } of incident.members)
        if (this.#byKey.get(`${ruleId} ${key}`) === id) this.#byKey.delete(`${ruleId} ${key}`);
    }
  }
}
