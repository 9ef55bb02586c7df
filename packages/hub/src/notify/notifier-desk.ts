import {
  backoffMs,
  deadline,
  HOUR_MS,
  isWithin,
  MINUTE_MS,
  MusterError,
  notifierEntry,
  SECOND_MS,
  takeToken,
  testNotice,
} from "@muster/core";
import type { BackoffConfig, Bucket, Cancellable, Clock, Instant, Logger, Random, Writable } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { DeliveryView, NotifierView } from "@muster/protocol";
import type { Hearer, Hearers } from "../alerts/hearers.ts";
import { createNotifier } from "./catalog.ts";
import type { DeliveryStore, KnownDelivery } from "./delivery-store.ts";
import type { IncidentAct } from "./incident-acts.ts";
import type { Delivery, Notifier, NotifierWay } from "./notifier.ts";
import type { KnownNotifier, NotifierDefinition, NotifierState, NotifierStore } from "./notifier-store.ts";

export interface NotifierDeskDeps {
  readonly store: NotifierStore;
  readonly deliveries: DeliveryStore;
  readonly wayOf: (notifier: Pick<NotifierDefinition, "kind" | "settings">, secret: string | undefined) => NotifierWay;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly hubUrl: () => string;
  readonly offersOf: (incidentId: string) => readonly IncidentAct[];
}

/** Between attempts; a notice is tried for a day (R12). */
const BACKOFF: BackoffConfig = { firstMs: 2 * SECOND_MS, factor: 2, capMs: 10 * MINUTE_MS, floorMs: SECOND_MS };
const TRIED_FOR_MS = 24 * HOUR_MS;
const ATTEMPT_MS_MAX = 20 * SECOND_MS;
/** How long a notifier is left alone after failures in a row. */
const PAUSE: BackoffConfig = { firstMs: SECOND_MS, factor: 2, capMs: MINUTE_MS, floorMs: SECOND_MS / 2 };
/** Whoever has not been reached for so long is told of as failing (the hub's own trouble). */
const FAILING_MS = 2 * MINUTE_MS;
/** Whoever was refused so often in a row, for a reason that lasts, is not tried any more (AL36). */
const REFUSALS_MAX = 3;

interface Live {
  known: KnownNotifier;
  bucket: Bucket | undefined;
  working: Promise<void> | undefined;
  /** More may wait than was seen. */
  isPoked: boolean;
  timer: Cancellable | undefined;
  ending: AbortController;
  /** In a row. */
  failures: number;
  /** The last message was refused, and would be again. */
  isRefused: boolean;
  pausedUntilMs: number;
  /** What else is wrong with it besides handing over, as its bot says; kept in no database, because it is found out again. */
  trouble: { readonly since: Instant; readonly detail: string } | undefined;
}

type Attempt = (notifier: Notifier, signal: AbortSignal) => Promise<Delivery>;
/** What came of one message that somebody waits for. */
interface Tried {
  readonly outcome: "sent" | "failed";
  readonly detail: string;
  readonly tookMs: number;
}

/** Hands over what waits, one message of a notifier after the other, and knows how each of them does. */
export class NotifierDesk implements Hearers {
  readonly #deps: NotifierDeskDeps;
  readonly #live = new Map<string, Live>();
  readonly #listeners = new Set<(id: string) => void>();
  #state: "built" | "running" | "stopped" = "built";

  private constructor(deps: NotifierDeskDeps) {
    this.#deps = deps;
  }

  static async open(deps: NotifierDeskDeps): Promise<NotifierDesk> {
    const desk = new NotifierDesk(deps);
    for (const known of await deps.store.all()) desk.#enter(known);
    return desk;
  }

  /** Begins to hand over, also what was left at the last end. */
  start(): void {
    this.#state = "running";
    this.poke();
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    const working = [...this.#live.values()].flatMap((live) => live.working ?? []);
    for (const live of this.#live.values()) this.#end(live);
    await Promise.allSettled(working);
  }

  /** Hears of every notifier that is new, other than it was, or gone. */
  listen(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something may wait. */
  poke(): void {
    for (const live of this.#live.values()) this.#work(live);
  }

  of(notifierIds: readonly string[] | null): readonly Hearer[] {
    return [...this.#live.values()].flatMap(({ known }): readonly Hearer[] => {
      const isMeant = notifierIds === null ? known.isDefault : notifierIds.includes(known.id);
      if (!isMeant || !known.isEnabled) return [];
      const { severityLeast, delayMs, repeatMs, hours } = known;
      const wantsAcknowledged = notifierEntry(known.kind).canEdit;
      return [
        {
          notifierId: known.id,
          hearing: { severityLeast, delayMs, repeatMs, wantsAcknowledged },
          isIn: (now) => hours === null || isWithin(hours, now),
        },
      ];
    });
  }

  /** Who cannot be reached for a while now or was refused, by name, and what is to be done. */
  get failing(): readonly { readonly id: string; readonly title: string }[] {
    const before = this.#deps.clock.now() - FAILING_MS;
    return [...this.#live.values()].flatMap((live) => {
      const { id, name, isEnabled, refusals } = live.known;
      const { is, since, detail } = stateOf(live);
      if (!isEnabled) return [];
      if (is === "stopped")
        return [
          {
            id,
            title: `The notifier ${name} is disabled, because it was refused ${REFUSALS_MAX} times: ${detail}. Put that right, then test or change the notifier`,
          },
        ];
      const isTrouble = is === "failing" && (since <= before || refusals > 0 || live.isRefused);
      return isTrouble ? [{ id, title: `The notifier ${name} fails: ${detail}` }] : [];
    });
  }

  /** What its bot finds wrong, or that nothing is wrong any more. */
  noteTrouble(id: string, detail: string | undefined): void {
    const live = this.#live.get(id);
    if (live === undefined || live.trouble?.detail === detail) return;
    const since = live.trouble?.since ?? this.#deps.clock.now();
    live.trouble = detail === undefined ? undefined : { since, detail };
  }

  ids(): readonly string[] {
    return [...this.#live.keys()];
  }

  has(id: string): boolean {
    return this.#live.has(id);
  }

  /** The one that has this id or, failing that, this name. */
  idOf(name: string): string | undefined {
    return this.has(name) ? name : [...this.#live.values()].find(({ known }) => known.name === name)?.known.id;
  }

  nameOf(id: string): string | undefined {
    return this.#live.get(id)?.known.name;
  }

  /** Throws NOT_FOUND. */
  definition(id: string): KnownNotifier {
    return this.#get(id).known;
  }

  async views(): Promise<readonly NotifierView[]> {
    const counts = await this.#deps.deliveries.counts();
    return [...this.#live.values()]
      .map((live) => viewOf(live, counts.get(live.known.id) ?? 0))
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Throws NOT_FOUND. */
  async view(id: string): Promise<NotifierView> {
    const live = this.#get(id);
    return viewOf(live, (await this.#deps.deliveries.counts()).get(id) ?? 0);
  }

  /** Throws CONFLICT, NOT_FOUND. */
  async add(definition: NotifierDefinition, secret: string | undefined): Promise<NotifierView> {
    const known = await this.#deps.store.add(definition, secret);
    this.#enter(known);
    this.#tell(known.id);
    return this.view(known.id);
  }

  /** Another target forgets the secret, unless one is given (CR-07). Throws NOT_FOUND, CONFLICT. */
  async change(id: string, definition: NotifierDefinition, secret: string | null | undefined): Promise<NotifierView> {
    const { store, deliveries } = this.#deps;
    const live = this.#get(id);
    const isSame = isSameTarget(live.known, definition);
    live.known = await store.change(id, definition, secret === undefined && !isSame ? null : secret);
    this.#end(live);
    live.trouble = undefined;
    await live.working;
    try {
      if (!isSame || secret !== undefined) await deliveries.forgetRefs(id);
    } finally {
      Object.assign(live, { failures: 0, pausedUntilMs: Number.NEGATIVE_INFINITY });
      // Of two changes at once the first begins again for both.
      if (live.ending.signal.aborted) live.ending = new AbortController();
      this.#work(live);
    }
    this.#tell(id);
    return this.view(id);
  }

  /** What waits for it is not told. Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    const live = this.#get(id);
    this.#end(live);
    await live.working;
    await this.#deps.store.delete(id);
    this.#live.delete(id);
    for (const other of this.#live.values())
      if (other.known.fallbackId === id) other.known = { ...other.known, fallbackId: null };
    this.#tell(id);
  }

  /** Sends a test now, past everything that waits. Throws NOT_FOUND. */
  async test(id: string, signal: AbortSignal): Promise<Tried> {
    const now = this.#deps.clock.now();
    const notice = testNotice(uuidv7(now), now, this.#deps.hubUrl());
    return this.#tryNow(this.#get(id), (notifier, limited) => notifier.deliver(notice, undefined, limited), signal);
  }

  /** Whether its kind can be given a text to send. */
  canSay(id: string): boolean {
    const live = this.#live.get(id);
    return live !== undefined && notifierEntry(live.known.kind).canSay;
  }

  /** Sends what somebody wrote, past everything that waits. Throws NOT_FOUND, and CONFLICT for a kind that cannot. */
  async say(id: string, text: string, signal: AbortSignal): Promise<Tried> {
    const live = this.#get(id);
    if (!this.canSay(id))
      throw new MusterError("CONFLICT", { message: "Messages by hand can be sent by Telegram and webhooks only." });
    return this.#tryNow(
      live,
      async (notifier, limited) =>
        (await notifier.say?.(text, limited)) ?? { outcome: "failed", detail: "not by this kind", retry: "never" },
      signal,
    );
  }

  async #tryNow(live: Live, attempt: Attempt, signal: AbortSignal): Promise<Tried> {
    const { clock } = this.#deps;
    const begunMs = clock.monotonic();
    const ended = live.ending.signal;
    const delivery = await this.#attempt(live, attempt, signal);
    // What was changed meanwhile has not been tried by this.
    if (!ended.aborted) await this.#note(live, delivery);
    if (delivery.outcome === "sent" && !ended.aborted) {
      Object.assign(live, { failures: 0, pausedUntilMs: Number.NEGATIVE_INFINITY });
      this.#work(live);
    }
    const tookMs = Math.round(clock.monotonic() - begunMs);
    return { outcome: delivery.outcome, detail: delivery.outcome === "sent" ? "" : delivery.detail, tookMs };
  }

  /** Throws NOT_FOUND, and CONFLICT for one that was not given up. */
  async retry(id: string): Promise<DeliveryView> {
    const { deliveries, clock } = this.#deps;
    if ((await deliveries.byId(id)) === undefined) throw new MusterError("NOT_FOUND");
    const delivery = await deliveries.revive(id, clock.now());
    if (delivery === undefined)
      throw new MusterError("CONFLICT", { message: "Only what was given up is tried again." });
    const live = this.#live.get(delivery.notifier_id);
    if (live !== undefined) this.#work(live);
    return this.deliveryView(delivery);
  }

  deliveryView(delivery: KnownDelivery): DeliveryView {
    const { id, incident_id, notifier_id, notice, state, attempts, asked_at, next_at, ended_at, detail } = delivery;
    return {
      ...{ id, incidentId: incident_id, notifierId: notifier_id, notifier: this.nameOf(notifier_id) ?? "" },
      ...{ kind: notice.kind, title: notice.title, state, attempts, askedAt: asked_at },
      ...{ nextAt: state === "waiting" ? next_at : null, endedAt: ended_at, detail },
    };
  }

  #get(id: string): Live {
    const live = this.#live.get(id);
    if (live === undefined) throw new MusterError("NOT_FOUND");
    return live;
  }

  #enter(known: KnownNotifier): void {
    this.#live.set(known.id, {
      ...{ known, bucket: undefined, working: undefined, isPoked: false, timer: undefined },
      ...{ ending: new AbortController(), failures: 0, pausedUntilMs: Number.NEGATIVE_INFINITY, trouble: undefined },
      isRefused: false,
    });
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }

  #end(live: Live): void {
    live.timer?.cancel();
    live.timer = undefined;
    live.ending.abort();
  }

  /** Hands over what waits for one notifier, unless that goes on already. */
  #work(live: Live): void {
    if (this.#state !== "running" || !this.#live.has(live.known.id)) return;
    live.isPoked = true;
    if (live.working !== undefined) return;
    live.working = this.#handOver(live)
      .catch((error: unknown) => {
        this.#deps.log.error("what waits to be told could not be read or written down", { error });
        this.#later(live, MINUTE_MS);
      })
      .finally(() => {
        live.working = undefined;
        if (live.isPoked && !live.ending.signal.aborted) this.#work(live);
      });
  }

  #later(live: Live, delayMs: number): void {
    live.timer?.cancel();
    if (this.#state !== "running") return;
    live.timer = this.#deps.clock.after(delayMs, () => {
      live.timer = undefined;
      this.#work(live);
    });
  }

  /** One after the other. Whoever cannot be reached is left alone for a while, and then asked for what is due longest. */
  async #handOver(live: Live): Promise<void> {
    const { deliveries, clock } = this.#deps;
    const { signal } = live.ending;
    live.isPoked = false;
    while (!signal.aborted && live.known.isEnabled) {
      const delivery = await deliveries.next(live.known.id);
      if (delivery === undefined) return;
      if (live.known.state.is === "stopped") {
        await this.#giveUp(live, delivery, `it is disabled: ${live.known.state.detail}`);
        continue;
      }
      const waitMs = Math.max(delivery.next_at - clock.now(), live.pausedUntilMs - clock.monotonic(), 0);
      const allMs = waitMs > 0 ? waitMs : this.#paceMs(live);
      if (allMs > 0) return this.#later(live, allMs);
      const ref = delivery.incident_id === null ? undefined : await deliveries.ref(delivery.incident_id, live.known.id);
      const result = await this.#attempt(
        live,
        (notifier, limited) => notifier.deliver(delivery.notice, ref, limited),
        signal,
      );
      // Ended from outside: whether it was taken is not known, and it is told again rather than never.
      if (signal.aborted && result.outcome === "failed") return;
      await this.#noteOf(live, delivery, result);
      await this.#note(live, result);
    }
  }

  async #noteOf(live: Live, delivery: KnownDelivery, result: Delivery): Promise<void> {
    const { deliveries, clock, random } = this.#deps;
    const at = clock.now();
    if (result.outcome === "sent") {
      live.failures = 0;
      await deliveries.sent(delivery, at, result.ref);
      return;
    }
    if (result.retry === "later" && at - delivery.asked_at <= TRIED_FOR_MS) {
      const pauseMs = Math.max(backoffMs(BACKOFF, delivery.attempts, random), result.waitMs ?? 0);
      await deliveries.postponed(delivery, at + pauseMs, result.detail);
      live.pausedUntilMs = clock.monotonic() + Math.max(backoffMs(PAUSE, live.failures++, random), result.waitMs ?? 0);
      return;
    }
    await this.#giveUp(live, delivery, result.detail);
  }

  /** It is handed to the one behind, where there is one. */
  async #giveUp(live: Live, delivery: KnownDelivery, detail: string): Promise<void> {
    const { name, fallbackId } = live.known;
    await this.#deps.deliveries.failed(delivery, this.#deps.clock.now(), `${name}: ${detail}`, fallbackId);
    const fallback = fallbackId === null ? undefined : this.#live.get(fallbackId);
    if (fallback !== undefined) this.#work(fallback);
  }

  /** How long it must wait by what its vendor allows. Takes a place when it need not. */
  #paceMs(live: Live): number {
    const perMinute = notifierEntry(live.known.kind).perMinuteMax;
    const burst = Math.max(1, Math.floor(perMinute / 4));
    const verdict = takeToken({ burst, perMinute }, live.bucket, this.#deps.clock.monotonic());
    live.bucket = verdict.bucket;
    return verdict.ok ? 0 : verdict.retryAfterMs;
  }

  /** One attempt; never throws. */
  async #attempt(live: Live, attempt: Attempt, signal: AbortSignal): Promise<Delivery> {
    const { store, wayOf, clock, log, offersOf } = this.#deps;
    const { id, kind, name } = live.known;
    const limit = deadline(clock, ATTEMPT_MS_MAX, signal);
    try {
      const opened = await store.opened(id);
      if (opened === undefined) return { outcome: "failed", detail: "it was deleted meanwhile", retry: "never" };
      const { secret } = opened;
      const { settings } = opened.known;
      const way = wayOf(opened.known, secret);
      return await attempt(createNotifier(kind, settings, { clock, log, secret, way, offersOf }), limit.signal);
    } catch (error) {
      if (limit.signal.aborted) return { outcome: "failed", detail: "no answer in time", retry: "later" };
      log.error("a notifier failed for a reason that was not foreseen", { notifier: name, kind, error });
      return { outcome: "failed", detail: "it failed; the hub's log has the cause", retry: "later" };
    } finally {
      limit.done();
    }
  }

  /** What an attempt says of how the notifier does. One that is disabled stays so until it was heard. */
  async #note(live: Live, result: Delivery): Promise<void> {
    live.isRefused = result.outcome === "failed" && result.retry !== "later";
    if (result.outcome === "sent") return this.#become(live, "working", "", 0);
    const { state, refusals } = live.known;
    const count = result.retry === "lasting" ? Math.min(refusals + 1, REFUSALS_MAX) : refusals;
    const isDisabled = state.is === "stopped" || count >= REFUSALS_MAX;
    await this.#become(live, isDisabled ? "stopped" : "failing", result.detail, count);
  }

  async #become(live: Live, is: NotifierState["is"], detail: string, refusals: number): Promise<void> {
    const { store, clock } = this.#deps;
    const { state } = live.known;
    if (state.is === is && state.detail === detail && live.known.refusals === refusals) return;
    const since: Instant = state.is === is ? state.since : clock.now();
    live.known = { ...live.known, state: { is, since, detail }, refusals };
    await store.keepState(live.known.id, live.known.state, refusals);
  }
}

const viewOf = (live: Live, waiting: number): NotifierView => ({
  ...(live.known as Writable<KnownNotifier>),
  state: stateOf(live),
  target: targetOf(live.known),
  waiting,
});

/** How it does: what hands over fails or, where that works, what else is wrong. */
const stateOf = ({ known: { state }, trouble }: Live): NotifierState =>
  trouble === undefined || state.is === "failing" || state.is === "stopped" ? state : { is: "failing", ...trouble };

/** Where it tells, for people: without anything secret. */
export const targetOf = ({ kind, settings }: Pick<NotifierDefinition, "kind" | "settings">): string =>
  notifierEntry(kind).target(settings as never);

/** Whether a secret that was given for one goes to the same place by the other (CR-07). */
export const isSameTarget = (one: Target, other: Target): boolean =>
  one.kind === other.kind && targetOf(one) === targetOf(other);

type Target = Pick<NotifierDefinition, "kind" | "settings">;
