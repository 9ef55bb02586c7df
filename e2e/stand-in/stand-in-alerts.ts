import { DEFAULT_RULES, ruleProblems } from "@muster/core";
import type { RuleDefinition, Severity } from "@muster/core";
import type {
  EvidenceView,
  IncidentMemberView,
  IncidentsState,
  IncidentView,
  RouteAnswer,
  RuleView,
  SilenceView,
  TimelineEntryView,
} from "@muster/protocol";
import { lacking, missing, ok, taken, wrong } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { StandInNotifiers } from "./stand-in-notifiers.ts";
import { probeId } from "./stand-in-probes.ts";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";
import type { Server, Service } from "./stand-in-servers.ts";
import { StandInStatusPages } from "./stand-in-status-pages.ts";

/** Ids of incidents that pages are opened at. */
export const INCIDENT = { disk: 0, offline: 1, service: 2, probe: 3, cpu: 4, held: 5, hostile: 6, many: 7 } as const;
export const incidentId = (place: keyof typeof INCIDENT): string => idOf(11, INCIDENT[place]);

const pastId = (number: number): string => idOf(15, number);

const RULE_KEYS = Object.keys(DEFAULT_RULES);
export const ruleId = (key: string): string => idOf(10, RULE_KEYS.indexOf(key));
interface Sketch {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly sinceMs: number;
  readonly servers?: readonly Server[];
  readonly parts?: Partial<IncidentView>;
}

const named = ({ id, name }: Server) => ({ id, name });
const NOT_GRANTED = "the server's policy does not let it be read";
const LOG_RULE: RuleDefinition = {
  ...DEFAULT_RULES["service"]!,
  name: "Upstream does not answer",
  condition: {
    ...{ is: "log", drivers: [], names: ["nginx*"], files: ["/var/log/shop.log"], pattern: "upstream timed out" },
    ...{ isExpression: false, windowMs: 300_000 },
    levels: [
      { severity: "warning", threshold: 5 },
      { severity: "critical", threshold: 50 },
    ],
  },
};

/** Incidents, rules and silences of a hub that only plays one: they stand as they are until somebody changes them. */
export class StandInAlerts {
  readonly #now: number;
  readonly #servers: readonly Server[];
  readonly #services: readonly Service[];
  readonly #tell: (state: IncidentsState) => void;
  readonly #incidents = new Map<string, IncidentView>();
  readonly #rules = new Map<string, RuleView>();
  readonly #notifiers: StandInNotifiers;
  readonly #silences = new Map<string, SilenceView>();
  readonly #statusPages = new StandInStatusPages();
  readonly #notes = new Map<string, TimelineEntryView[]>();

  constructor(
    servers: readonly Server[],
    services: readonly Service[],
    now: number,
    copies: number,
    tell: (state: IncidentsState) => void,
  ) {
    this.#now = now;
    this.#servers = servers;
    this.#services = services;
    this.#tell = tell;
    const sketches = copies === 0 ? [] : this.#sketches();
    for (let copy = 0; copy < Math.max(1, copies); copy++)
      for (const sketch of sketches) {
        const made = this.#made(sketch, this.#incidents.size);
        this.#incidents.set(made.id, copy === 0 ? made : { ...made, title: `${made.title} ${copy}` });
      }
    for (let past = 0; past < 130; past++) this.#addPast(past);
    for (const [key, definition] of Object.entries(DEFAULT_RULES)) this.#setRule(ruleId(key), definition, key);
    this.#setRule(idOf(10, 90), LOG_RULE, null);
    this.#notifiers = new StandInNotifiers(now, this.#open[0]);
    this.#makeSilences();
  }

  get whole(): IncidentsState {
    return { whole: true, incidents: this.#open };
  }

  get #open(): readonly IncidentView[] {
    return [...this.#incidents.values()].filter(({ state }) => state === "open");
  }

  /** Puts other values over an incident, as the hub would. */
  change(id: string, parts: Partial<IncidentView>): IncidentView {
    const incident = { ...this.#incidents.get(id)!, ...parts };
    this.#incidents.set(id, incident);
    this.#tell({ whole: false, incidents: [incident] });
    return incident;
  }

  /** Opens one more. */
  open(title: string, severity: Severity = "critical"): IncidentView {
    const sketch: Sketch = { rule: "disk", title, severity, sinceMs: 0, servers: [this.#servers[0]!] };
    const incident = this.#made(sketch, this.#incidents.size);
    this.#incidents.set(incident.id, incident);
    this.#tell({ whole: false, incidents: [incident] });
    return incident;
  }

  /** What the hub would answer; undefined for what is not about alerts. */
  answer(method: string, path: string, search: URLSearchParams, body: unknown): Answer | undefined {
    const [, family, id, part] = path.split("/");
    const given = (body ?? {}) as Record<string, never>;
    if (family === "incidents")
      return id === undefined ? this.#list(search) : this.#ofIncident(method, id, part, given);
    if (family === "rules") return this.#ofRule(method, id, body as RuleDefinition);
    if (family === "rule-previews") return this.#preview((given as unknown as { rule: RuleDefinition }).rule);
    if (family === "silences") return this.#ofSilence(method, id, search, given);
    if (family === "status-pages") return this.#statusPages.answer(method, id, given);
    return this.#notifiers.answer(method, path, search, given);
  }

  #list(search: URLSearchParams): Answer {
    const before = this.#incidents.get(search.get("before") ?? "")?.openedAt ?? Number.POSITIVE_INFINITY;
    const items = [...this.#incidents.values()]
      .filter(({ state, openedAt }) => state === (search.get("state") ?? state) && openedAt < before)
      .toSorted((a, b) => b.openedAt - a.openedAt)
      .slice(0, Number(search.get("limit") ?? 100));
    return ok({ items });
  }

  #ofIncident(method: string, id: string, part: string | undefined, given: Record<string, never>): Answer {
    const incident = this.#incidents.get(id);
    if (!incident) return missing();
    if (method === "GET") return ok(this.#detail(incident));
    const at = Date.now();
    if (part === "acknowledge") {
      const isTaken = given["isAcknowledged"] ?? true;
      this.#note(id, { at, kind: isTaken ? "acknowledged" : "unacknowledged", by: "olga", detail: "" });
      return ok(this.change(id, { acknowledged: isTaken ? { by: "olga", at } : null }));
    }
    if (part === "snooze") {
      const until: number | null = given["until"]!;
      this.#note(id, {
        at,
        kind: until === null ? "woken" : "snoozed",
        by: "olga",
        detail: until === null ? "" : new Date(until).toISOString(),
      });
      return ok(this.change(id, { snoozedUntil: until }));
    }
    this.#note(id, { at, kind: "noted", by: "olga", detail: given["text"]! });
    return ok(incident);
  }

  #note(id: string, entry: TimelineEntryView): void {
    this.#notes.set(id, [...(this.#notes.get(id) ?? []), entry]);
  }

  #detail(incident: IncidentView): RouteAnswer<"GET /api/v1/incidents/{id}"> {
    const { openedAt: at, id } = incident;
    const restarts = this.#services.find(({ name }) => name === "billing");
    return {
      incident,
      members: this.#members(incident),
      timeline: [
        { at, kind: "opened", by: "", detail: incident.title },
        { at: at + 4 * MINUTE, kind: "escalated", by: "", detail: "error" },
        { at: at + 5 * MINUTE, kind: "failed", by: "", detail: "Pager: connection refused" },
        ...(id === incidentId("hostile") ? [{ at, kind: "noted" as const, by: HOSTILE, detail: HOSTILE }] : []),
        ...(this.#notes.get(id) ?? []),
      ],
      deliveries: this.#notifiers.deliveriesOf(id),
      evidence: this.#evidence(incident),
      suggestions:
        id === incidentId("service") && restarts
          ? [{ action: "service.restart", serverId: restarts.serverId, serviceId: restarts.id, service: restarts.name }]
          : [],
      holds:
        id === incidentId("offline")
          ? { places: this.#servers.slice(0, 3).map((one) => ({ is: "server" as const, ...named(one) })), count: 3 }
          : { places: [], count: 0 },
    };
  }

  #members({ id, title, severity, openedAt, servers, memberCount, wrongCount }: IncidentView): IncidentMemberView[] {
    const isMetric = ![incidentId("offline"), incidentId("service"), incidentId("probe")].includes(id);
    const service = this.#services.find(({ name }) => name === "billing");
    return Array.from({ length: memberCount }, (_, index): IncidentMemberView => ({
      title: index === 0 ? title : `${this.#servers[index % this.#servers.length]!.name}: /data/${index} is 91 % full`,
      severity: index === 0 ? severity : "warning",
      since: openedAt + index * MINUTE,
      clearedAt: index < wrongCount ? null : openedAt + HOUR,
      value: isMetric ? 0.9 + index / 100 : null,
      serverId: servers[index % Math.max(1, servers.length)]?.id ?? null,
      service: id === incidentId("service") && service ? { driver: service.driver, name: service.name } : null,
      serviceId: id === incidentId("service") ? (service?.id ?? null) : null,
      probeId: id === incidentId("probe") ? probeId("api") : null,
      metric: isMetric ? "filesystem_used_ratio" : null,
      labels: {},
    }));
  }

  #evidence({ id, openedAt: at }: IncidentView): EvidenceView | null {
    if (id === incidentId("offline")) return null;
    const hostile = id === incidentId("hostile");
    const values = (of: (index: number) => number | null): (number | null)[] =>
      Array.from({ length: 60 }, (_, i) => of(i));
    const series = { from: at - 50 * MINUTE, stepMs: MINUTE };
    return {
      at,
      series: [
        {
          title: hostile ? HOSTILE : "Disk /",
          metric: "filesystem_used_ratio",
          ...series,
          values: values((i) => Math.min(0.96, 0.7 + i * 0.005)),
        },
        {
          title: "Disk written",
          metric: "disk_written_bytes_total",
          ...series,
          values: values((i) => (i % 9 === 4 ? null : 2e6 * (1 + (i % 7)))),
        },
        { title: "Load", metric: "load1", ...series, values: values(() => 0.8) },
      ],
      processes: [
        { pid: 4_711, name: hostile ? HOSTILE : "postgres", user: "postgres", cpuRatio: 0.82, residentBytes: 1.9e9 },
        { pid: 812, name: "nginx", user: "www-data", cpuRatio: 0.11, residentBytes: 48e6 },
        { pid: 99, name: "backup", user: "root", cpuRatio: null, residentBytes: null },
      ],
      logLines: [
        { at: at - 3_000, text: "checkpoint complete: wrote 812 buffers" },
        {
          at: at - 2_000,
          text: hostile ? `${HOSTILE} \u001b[31mred\u001b[0m` : "could not extend file: no space left on device",
        },
        { at: null, text: "HINT: check free disk space" },
      ],
      actions: [
        {
          at: at - 20 * MINUTE,
          by: "olga",
          action: "service.restart",
          target: "postgresql.service",
          outcome: "succeeded",
        },
      ],
      similar: [
        { id: pastId(0), title: "web-1: / is 96 % full", openedAt: at - 72 * HOUR, resolvedAt: at - 70 * HOUR },
      ],
      missing: ["container statistics: the server grants no reading of them"],
    };
  }

  #ofRule(method: string, id: string | undefined, definition: RuleDefinition): Answer {
    if (method === "GET") return ok({ items: [...this.#rules.values()] });
    if (method === "DELETE") {
      this.#rules.delete(id!);
      return ok(null, 204);
    }
    const problems = ruleProblems(definition);
    if (Object.keys(problems).length > 0) return wrong(problems);
    const gone = definition.notifierIds?.findIndex((notifier) => !this.#notifiers.has(notifier)) ?? -1;
    if (gone >= 0) return lacking(`notifierIds.${gone}`, "there is no such notifier");
    const lost = definition.overrides.findIndex(({ serverId }) => !this.#servers.some((one) => one.id === serverId));
    if (lost >= 0) return lacking(`overrides.${lost}.serverId`, "there is no such server");
    if ([...this.#rules.values()].some((rule) => rule.name === definition.name && rule.id !== id)) return taken();
    const rule = this.#setRule(
      id ?? idOf(10, 100 + this.#rules.size),
      definition,
      this.#rules.get(id ?? "")?.origin ?? null,
    );
    return ok(rule, id === undefined ? 201 : 200);
  }

  #setRule(id: string, definition: RuleDefinition, origin: string | null): RuleView {
    const openCount = this.#open.filter((incident) => incident.ruleId === id).length;
    const logTroubles =
      definition.condition.is === "log" ? [`${this.#servers[0]!.name}/nginx.service: ${NOT_GRANTED}`] : [];
    const made = { id, origin, createdAt: this.#now - 900 * HOUR, openCount, logTroubles };
    const rule = { ...definition, ...made } as unknown as RuleView;
    this.#rules.set(id, rule);
    return rule;
  }

  #preview(rule: RuleDefinition): Answer {
    const problems = ruleProblems(rule);
    if (Object.keys(problems).length > 0)
      return wrong(Object.fromEntries(Object.entries(problems).map(([path, why]) => [`rule.${path}`, why])));
    const at = this.#now;
    return ok({
      incidents: [
        {
          title: "db-1: Disk / is 96 % full",
          severity: "warning",
          openedAt: at - 20 * HOUR,
          resolvedAt: at - 17 * HOUR,
        },
        { title: `web-1: ${HOSTILE}`, severity: "critical", openedAt: at - 9 * HOUR, resolvedAt: at - 8 * HOUR },
        { title: "web-2: Disk / is 91 % full", severity: "warning", openedAt: at - 2 * HOUR, resolvedAt: null },
      ],
      count: 3,
      stepMs: MINUTE,
      seriesCount: 14,
    });
  }

  #ofSilence(method: string, id: string | undefined, search: URLSearchParams, given: Record<string, never>): Answer {
    const now = Date.now();
    if (method === "GET")
      return ok({
        items: [...this.#silences.values()].filter(({ until }) => until > now || search.get("ended") === "true"),
      });
    if (method === "DELETE") {
      const silence = this.#silences.get(id!);
      if (!silence) return missing();
      if (silence.from > now) this.#silences.delete(id!);
      else this.#silences.set(id!, { ...silence, until: now, isActive: false });
      return ok(null, 204);
    }
    const from: number = given["from"] ?? now;
    const silence: SilenceView = {
      id: idOf(14, this.#silences.size),
      matcher: given["matcher"]!,
      reason: given["reason"]!,
      author: "olga",
      from,
      until: given["until"]!,
      isActive: from <= now,
    };
    this.#silences.set(silence.id, silence);
    return ok(silence, 201);
  }

  #makeSilences(): void {
    const now = this.#now;
    const matcher = { serverIds: [], tags: [], ruleIds: [], probeIds: [], services: [], severityMost: null };
    const add = (parts: Pick<SilenceView, "matcher" | "reason" | "from" | "until">): void => {
      const id = idOf(14, this.#silences.size);
      this.#silences.set(id, { id, author: "olga", isActive: parts.from <= now && now < parts.until, ...parts });
    };
    add({
      matcher: { ...matcher, serverIds: [this.#servers[5]!.id], ruleIds: [ruleId("offline")] },
      reason: "Moved to another rack",
      from: now - HOUR,
      until: now + 3 * HOUR,
    });
    add({
      matcher: { ...matcher, tags: ["prod"], services: ["shop-*"], severityMost: "error" },
      reason: `Release 4.2 ${HOSTILE}`,
      from: now + 20 * HOUR,
      until: now + 22 * HOUR,
    });
    add({
      matcher: { ...matcher, probeIds: [probeId("mail")] },
      reason: "New certificate",
      from: now - 50 * HOUR,
      until: now - 48 * HOUR,
    });
  }

  #sketches(): readonly Sketch[] {
    const [web, web2, db, , , build] = this.#servers as readonly [Server, Server, Server, Server, Server, Server];
    const now = this.#now;
    const service = this.#services.find(({ name }) => name === "billing");
    return [
      {
        rule: "disk",
        title: "db-1: Disk / is 96 % full",
        severity: "critical",
        sinceMs: 42 * MINUTE,
        servers: [db],
        parts: { reopened: 1 },
      },
      {
        rule: "offline",
        title: "build-7 is offline",
        severity: "critical",
        sinceMs: 3 * HOUR,
        servers: [build],
        parts: { acknowledged: { by: "olga", at: now - HOUR } },
      },
      {
        rule: "service",
        title: "web-1: billing has failed: gave up after 10 restarts in 10 min",
        severity: "error",
        sinceMs: 12 * MINUTE,
        servers: [web],
        parts: { serviceIds: service ? [service.id] : [] },
      },
      {
        rule: "probe",
        title: "Shop API is unhealthy: status 503, expected 200 to 399",
        severity: "error",
        sinceMs: 8 * MINUTE,
        servers: [web],
        parts: { probeIds: [probeId("api")] },
      },
      {
        rule: "cpu",
        title: "web-2: CPU is 97 %",
        severity: "warning",
        sinceMs: 26 * MINUTE,
        servers: [web2],
        parts: { snoozedUntil: now + 2 * HOUR },
      },
      {
        rule: "temperature",
        title: "build-7: CPU package is 88 °C",
        severity: "warning",
        sinceMs: 30 * HOUR,
        servers: [build],
        parts: { isHeld: true },
      },
      {
        rule: "disk",
        title: `web-1: ${HOSTILE} is 91 % full`,
        severity: "warning",
        sinceMs: 5 * MINUTE,
        servers: [web],
      },
      {
        rule: "inodes",
        title: "Inodes are nearly used up: 5 at once, first web-1: Inodes of / are 92 %",
        severity: "info",
        sinceMs: 55 * MINUTE,
        servers: this.#servers.slice(0, 5),
        parts: { memberCount: 5, wrongCount: 4 },
      },
    ];
  }

  #addPast(number: number): void {
    const server = this.#servers[number % this.#servers.length]!;
    const severity = (["warning", "error", "info", "critical"] as const)[number % 4]!;
    const sketch: Sketch = {
      rule: "cpu",
      title: `${server.name}: CPU was ${90 + (number % 10)} %`,
      severity,
      sinceMs: (40 + 5 * number) * HOUR,
      servers: [server],
    };
    const made = { ...this.#made(sketch, 0), id: pastId(number) };
    const resolvedAt = made.openedAt + (number % 7) * HOUR + 11 * MINUTE;
    this.#incidents.set(made.id, { ...made, state: "resolved", resolvedAt, wrongCount: 0 });
  }

  #made({ rule, title, severity, sinceMs, servers = [], parts }: Sketch, place: number): IncidentView {
    return {
      id: idOf(11, place),
      ruleId: ruleId(rule),
      rule: DEFAULT_RULES[rule]!.name,
      state: "open",
      severity,
      title,
      openedAt: this.#now - sinceMs,
      resolvedAt: null,
      reopened: 0,
      acknowledged: null,
      snoozedUntil: null,
      isHeld: false,
      heldBehind: null,
      wrongCount: 1,
      memberCount: 1,
      servers: servers.map(({ id, name }) => ({ id, name })),
      serviceIds: [],
      probeIds: [],
      ...parts,
    };
  }
}
