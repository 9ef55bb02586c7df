import { exampleNotices, inTemplates, noticeBody, noticeHead, notifierEntry, parseSettings } from "@muster/core";
import type { NotifierKindName, ProbeSettings } from "@muster/core";
import type { DeliveryView, IncidentView, NotifierView } from "@muster/protocol";
import { lacking, missing, ok, wrong } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";

export const NOTIFIER = { chat: 0, log: 1, pager: 2, old: 3 } as const;
export const notifierId = (place: keyof typeof NOTIFIER): string => idOf(12, NOTIFIER[place]);

/** A bot of the stand-in: none of the notifiers that are listed. */
const TELEGRAM_ID = "00000000-0000-4000-8000-00000000b07a";

/** Notifiers, what they were given to tell, and bindings to a bot, of a hub that only plays one. */
export class StandInNotifiers {
  readonly #now: number;
  readonly #notifiers = new Map<string, NotifierView>();
  #deliveries: readonly DeliveryView[];
  #isBound = true;

  /** `told`: the incident that most deliveries are of. */
  constructor(now: number, told: IncidentView | undefined) {
    this.#now = now;
    this.#makeNotifiers();
    this.#deliveries = this.#makeDeliveries(told);
  }

  has(id: string): boolean {
    return this.#notifiers.has(id);
  }

  deliveriesOf(incident: string): DeliveryView[] {
    return this.#deliveries.filter(({ incidentId }) => incidentId === incident);
  }

  /** What the hub would answer; undefined for what is not about notifiers. */
  answer(method: string, path: string, search: URLSearchParams, given: Record<string, never>): Answer | undefined {
    const [, family, id, part] = path.split("/");
    if (path === "/me/telegram-code") return ok({ code: "7K2M-9QXD", expiresAt: this.#now + 600_000 }, 201);
    if (path === "/me/telegram") return ok(this.#telegram(method));
    if (family === "notifier-previews") return this.#noticePreview(given);
    if (family === "notifiers") return this.#ofNotifier(method, id, part, given);
    return family === "deliveries" ? this.#ofDelivery(id, search) : undefined;
  }

  #telegram(method: string) {
    if (method === "DELETE") this.#isBound = false;
    const bots = [{ id: TELEGRAM_ID, name: "Telegram", username: "muster_example_bot" }];
    const bound = { botId: TELEGRAM_ID, telegramId: 123_456_789, name: "Olga <b>B</b>", boundAt: this.#now };
    return { bots, bindings: this.#isBound ? [bound] : [] };
  }

  #noticePreview({ kind, settings }: { kind?: NotifierKindName; settings?: ProbeSettings }): Answer {
    const { titleTemplate = "", textTemplate = "", body = "" } = (settings ?? {}) as Record<string, string>;
    const items = exampleNotices(Date.now(), undefined).map((notice) => {
      const said = inTemplates(notice, { titleTemplate, textTemplate });
      const sent = kind === "webhook" ? { body, isJson: false } : { body: null, isJson: null };
      return { kind: notice.kind, title: noticeHead(said), lines: noticeBody(said), url: null, ...sent };
    });
    return ok({ items });
  }

  #ofNotifier(method: string, id: string | undefined, part: string | undefined, given: Record<string, never>): Answer {
    if (id === undefined && method === "GET") return ok({ items: [...this.#notifiers.values()] });
    if (id === undefined) {
      const kind: NotifierKindName = given["kind"]!;
      const parsed = parseSettings(notifierEntry(kind).fields, given["settings"]!);
      if (!parsed.ok) return wrong(settingsOf(parsed.problems));
      const notifier = this.#notifier(idOf(12, 10 + this.#notifiers.size), kind, parsed.settings, {
        ...(given as Partial<NotifierView>),
        hasSecret: given["secret"] !== undefined,
      });
      return ok(notifier, 201);
    }
    const notifier = this.#notifiers.get(id);
    if (!notifier) return missing();
    if (part === "messages")
      return ok({ outcome: "sent", detail: "", tookMs: 87, text: given["text"] ?? "Nothing is wrong." });
    if (part === "test")
      return ok(
        notifier.state.is === "stopped" || notifier.state.is === "failing"
          ? { outcome: "failed", detail: "connection refused", tookMs: 12 }
          : { outcome: "sent", detail: "", tookMs: 143 },
      );
    if (method === "DELETE") {
      this.#notifiers.delete(id);
      return ok(null, 204);
    }
    const settings = (given["settings"] ?? notifier.settings) as ProbeSettings;
    const parsed = parseSettings(notifierEntry(notifier.kind).fields, settings);
    if (!parsed.ok) return wrong(settingsOf(parsed.problems));
    const { secret, ...parts } = given as { secret?: string | null; fallbackId?: string | null };
    if (parts.fallbackId && !this.#notifiers.has(parts.fallbackId))
      return lacking("fallbackId", "there is no such notifier");
    return ok(
      this.#notifier(id, notifier.kind, parsed.settings, {
        ...notifier,
        ...parts,
        hasSecret: secret === undefined ? notifier.hasSecret : secret !== null,
      }),
    );
  }

  #ofDelivery(id: string | undefined, search: URLSearchParams): Answer {
    if (id === undefined) {
      const [state, notifier] = [search.get("state"), search.get("notifier")];
      return ok({
        items: this.#deliveries.filter(
          (one) => (state === null || one.state === state) && (notifier === null || one.notifierId === notifier),
        ),
      });
    }
    const delivery = this.#deliveries.find((one) => one.id === id);
    if (!delivery) return missing();
    const tried: DeliveryView = { ...delivery, state: "waiting", nextAt: Date.now() + 1_000, endedAt: null };
    this.#deliveries = this.#deliveries.map((one) => (one.id === id ? tried : one));
    return ok(tried);
  }

  #notifier(id: string, kind: NotifierKindName, settings: ProbeSettings, parts: Partial<NotifierView>): NotifierView {
    const notifier: NotifierView = {
      name: notifierEntry(kind).title,
      isEnabled: true,
      isDefault: true,
      severityLeast: "warning",
      delayMs: 0,
      repeatMs: 0,
      hours: null,
      fallbackId: null,
      hasSecret: false,
      createdAt: this.#now - 200 * HOUR,
      state: { is: "untried", since: this.#now, detail: "" },
      waiting: 0,
      refusals: 0,
      ...parts,
      id,
      kind,
      settings: settings as NotifierView["settings"],
      target: notifierEntry(kind).target(settings as never),
    };
    this.#notifiers.set(id, notifier);
    return notifier;
  }

  #makeNotifiers(): void {
    const webhook = (url: string) => ({ url, headers: [], body: "", ca: "" });
    const now = this.#now;
    this.#notifier(notifierId("chat"), "webhook", webhook("https://chat.example/hooks/ops"), {
      name: "Chat",
      hasSecret: true,
      state: { is: "working", since: now - 70 * HOUR, detail: "" },
    });
    this.#notifier(notifierId("log"), "log", {}, { name: "Log", severityLeast: "info", isDefault: false });
    this.#notifier(notifierId("pager"), "webhook", webhook("https://pager.example/v1/alerts"), {
      name: "Pager",
      severityLeast: "error",
      delayMs: 15 * MINUTE,
      repeatMs: 4 * HOUR,
      fallbackId: notifierId("chat"),
      hours: { zone: "Europe/Berlin", spans: [{ days: [1, 2, 3, 4, 5], from: "18:00", until: "08:00" }] },
      state: { is: "failing", since: now - 12 * MINUTE, detail: "connect ECONNREFUSED 192.0.2.10:443" },
      waiting: 2,
      refusals: 0,
    });
    this.#notifier(notifierId("old"), "webhook", webhook("https://old.example/hook"), {
      name: HOSTILE,
      isEnabled: false,
      state: { is: "stopped", since: now - 30 * HOUR, detail: `HTTP 410: ${HOSTILE}` },
    });
  }

  #makeDeliveries(incident: IncidentView | undefined): readonly DeliveryView[] {
    const base = {
      incidentId: incident?.id ?? null,
      title: incident?.title ?? "",
      kind: "opened" as const,
      detail: "",
    };
    const at = (incident?.openedAt ?? this.#now) + 1_000;
    const chat = { notifierId: notifierId("chat"), notifier: "Chat" };
    const pager = { notifierId: notifierId("pager"), notifier: "Pager" };
    const old = { notifierId: notifierId("old"), notifier: HOSTILE };
    return [
      {
        id: idOf(13, 0),
        ...base,
        ...pager,
        state: "waiting",
        attempts: 4,
        askedAt: at,
        nextAt: this.#now + MINUTE,
        endedAt: null,
        detail: "connect ECONNREFUSED 192.0.2.10:443",
      },
      { id: idOf(13, 1), ...base, ...chat, state: "sent", attempts: 1, askedAt: at, nextAt: null, endedAt: at + 180 },
      {
        id: idOf(13, 2),
        ...base,
        ...old,
        state: "failed",
        attempts: 12,
        askedAt: at,
        nextAt: null,
        endedAt: at + HOUR,
        detail: `HTTP 410: ${HOSTILE}`,
      },
      {
        id: idOf(13, 3),
        ...base,
        ...chat,
        incidentId: null,
        title: "",
        kind: "test",
        state: "sent",
        attempts: 1,
        askedAt: at - HOUR,
        nextAt: null,
        endedAt: at - HOUR + 90,
      },
    ];
  }
}

const settingsOf = (problems: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(problems).map(([name, why]) => [`settings.${name}`, why]));
