import { isProbeKindName, parseSettings, probeEntry } from "@muster/core";
import type { Health, ProbeKindName, ProbeSettings } from "@muster/core";
import type { ProbeBeat, ProbeReportView, ProbesState, ProbeView } from "@muster/protocol";
import { ok } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";
import type { Server } from "./stand-in-servers.ts";

/** Ids of probes that pages are opened at. */
export const PROBE = { shop: 0, api: 1, database: 2, mail: 3, backup: 4, hostile: 5, paused: 6, cache: 7 } as const;
export const probeId = (place: keyof typeof PROBE): string => idOf(7, PROBE[place]);

const PING_URL = "https://muster.example/api/v1/pings/mpg1.AbCdEfGhIjKlMnOpQrStUv";

interface Sketch {
  readonly name: string;
  readonly kind: ProbeKindName;
  readonly settings: Record<string, string | number>;
  readonly health?: Health;
  readonly detail?: string;
  readonly tookMs?: number | null;
  /** Newest last; what is before them was healthy. */
  readonly beats?: readonly Health[];
  readonly parts?: Partial<ProbeView>;
}

const DAY = 24 * HOUR;

const sketches = (now: number, server: Server): readonly Sketch[] => [
  {
    name: "Shop",
    kind: "http",
    settings: { url: "https://shop.example/" },
    tookMs: 84,
    beats: ["degraded", "healthy", "healthy", "healthy", "healthy", "unhealthy", "healthy", "healthy"],
    parts: {
      tags: ["prod", "shop"],
      certificateUntil: now + 61 * DAY,
      about: { serverId: server.id, name: server.name, service: null },
    },
  },
  {
    name: "Shop API",
    kind: "http",
    settings: { url: "https://api.shop.example/healthz" },
    health: "unhealthy",
    detail: "status 503, expected 200 to 399",
    tookMs: 12,
    beats: ["unhealthy", "unhealthy", "unhealthy", "unhealthy"],
    parts: {
      tags: ["prod", "shop"],
      certificateUntil: now + 9 * DAY,
      about: { serverId: server.id, name: server.name, service: null },
    },
  },
  {
    name: "Database port",
    kind: "tcp",
    settings: { host: "10.0.0.12", port: 5432 },
    tookMs: 0.6,
    parts: { tags: ["prod"] },
  },
  {
    name: "Mail certificate",
    kind: "tls",
    settings: { host: "mail.example", port: 993 },
    health: "degraded",
    detail: "the certificate ends in 2 days",
    tookMs: 41,
    beats: ["degraded", "degraded"],
    parts: { certificateUntil: now + 2 * DAY + HOUR, maintenanceUntil: now + 2 * HOUR },
  },
  {
    name: "Nightly backup",
    kind: "passive",
    settings: {},
    detail: "it called in time",
    tookMs: null,
    parts: { tags: ["backup"] },
  },
  {
    name: HOSTILE,
    kind: "http",
    settings: { url: "http://10.0.0.99/" },
    health: "unhealthy",
    detail: `connection refused by ${HOSTILE}`,
    tookMs: null,
    beats: ["unknown", "unhealthy", "unhealthy"],
  },
  {
    name: "Old shop",
    kind: "http",
    settings: { url: "https://old.shop.example/" },
    health: "unknown",
    detail: "",
    parts: { state: "paused", nextAt: null },
  },
  { name: "Cache", kind: "redis", settings: { host: "10.0.0.13" }, detail: "7.2, 812 keys", tookMs: 0.4 },
];

/** Probes of a hub that only plays one: they stand as they are until a page changes them. */
export class StandInProbes {
  readonly #probes = new Map<string, ProbeView>();
  readonly #now: number;
  readonly #tell: (state: ProbesState) => void;

  constructor(server: Server, now: number, copies: number, tell: (state: ProbesState) => void) {
    this.#now = now;
    this.#tell = tell;
    for (let copy = 0; copy < copies; copy++)
      for (const sketch of sketches(now, server)) {
        const probe = this.#made(sketch, this.#probes.size);
        this.#probes.set(probe.id, copy === 0 ? probe : { ...probe, name: `${probe.name} ${copy}` });
      }
  }

  get whole(): ProbesState {
    return { whole: true, probes: [...this.#probes.values()], removed: [] };
  }

  /** Puts other values over a probe, as its next look would. */
  change(id: string, parts: Partial<ProbeView>): ProbeView {
    const probe = { ...this.#probes.get(id)!, ...parts };
    this.#probes.set(id, probe);
    this.#tell({ whole: false, probes: [probe], removed: [] });
    return probe;
  }

  /** What the hub would answer; undefined for what is not about probes. */
  answer(method: string, path: string, search: URLSearchParams, body: unknown): Answer | undefined {
    const [, family, id, part] = path.split("/");
    const given = (body ?? {}) as Record<string, never>;
    if (path === "/probe-trials")
      return this.#refusal(given["kind"], given["settings"]) ?? ok(this.#result({ kind: given["kind"]! }));
    if (family !== "probes") return undefined;
    if (id === undefined && method === "GET") {
      const about = search.get("about");
      const all = [...this.#probes.values()];
      return ok({ items: all.filter((one) => about === null || one.about?.serverId === about) });
    }
    if (id === undefined) {
      const refusal = this.#refusal(given["kind"], given["settings"]);
      if (refusal) return refusal;
      const sketch: Sketch = { name: given["name"]!, kind: given["kind"]!, settings: given["settings"]! };
      const probe = this.#made(sketch, this.#probes.size);
      this.change(probe.id, probe);
      return ok({ probe, pingUrl: probe.kind === "passive" ? PING_URL : null }, 201);
    }
    const probe = this.#probes.get(id);
    if (!probe)
      return { status: 404, body: { error: { code: "NOT_FOUND", message: "no such probe", requestId: "-" } } };
    if (part === "run") return ok({ probe, result: this.#result(probe) });
    if (part === "acts")
      return ok({
        outcome: "succeeded",
        detail: `removed what ${JSON.stringify(given["arguments"])} matches`,
        report: { facts: [{ key: "keysRemoved", value: 812, unit: "count" }], tables: [] },
      });
    if (part === "ping-url") return ok({ pingUrl: PING_URL });
    if (method === "PATCH") return ok(this.change(id, given));
    if (method === "DELETE") {
      this.#probes.delete(id);
      this.#tell({ whole: false, probes: [], removed: [id] });
      return ok(null, 204);
    }
    return ok({ probe, report: this.#report(probe), reportAt: probe.lastAt });
  }

  #refusal(kind: string | undefined, settings: ProbeSettings | undefined) {
    const parsed =
      kind !== undefined && isProbeKindName(kind) ? parseSettings(probeEntry(kind).fields, settings ?? {}) : undefined;
    // An address that only the hub finds fault with.
    const problems =
      parsed?.ok === false
        ? parsed.problems
        : settings?.["url"] === "http://[::g]/"
          ? { url: "cannot be read as an address" }
          : undefined;
    if (problems === undefined) return undefined;
    const fields = Object.fromEntries(Object.entries(problems).map(([name, why]) => [`body.settings.${name}`, why]));
    return { status: 400, body: { error: { code: "BAD_REQUEST", message: "wrong", requestId: "-", fields } } };
  }

  #result(probe: Pick<ProbeView, "kind">) {
    return { health: "healthy", detail: "status 200", tookMs: 73, report: this.#report(probe) };
  }

  #report({ kind }: Pick<ProbeView, "kind">): ProbeReportView {
    const now = this.#now;
    if (kind === "passive")
      return {
        facts: [
          { key: "lastCall", value: now - HOUR, unit: "instant" },
          { key: "lastStart", value: now - HOUR - 4 * MINUTE, unit: "instant" },
          { key: "exitCode", value: 0 },
          { key: "jobTook", value: 244, unit: "seconds" },
        ],
        tables: [],
      };
    return {
      facts: [
        { key: "status", value: 200 },
        { key: "bodyBytes", value: 48_211, unit: "bytes" },
        { key: "tlsVersion", value: "TLSv1.3" },
        { key: "certificateSubject", value: HOSTILE },
        { key: "certificateUntil", value: now + 61 * DAY, unit: "instant" },
        { key: "trusted", value: true },
        { key: "hitRatio", value: 0.934, unit: "ratio" },
        { key: "jsonValue", value: null },
      ],
      tables: [
        {
          key: "slowStatements",
          columns: [
            { key: "statement" },
            { key: "callsPerSecond", unit: "per_second" },
            { key: "meanTook", unit: "milliseconds" },
          ],
          rows: [
            ["select * from orders where customer = $1 order by placed desc limit $2", 12.5, 43],
            [HOSTILE, 0.2, 12_400],
          ],
          note: "The slowest ten since the statistics were reset.",
        },
        { key: "tables", columns: [{ key: "name" }], rows: [], note: "not collected: it needs the right pg_monitor" },
      ],
    };
  }

  #made(
    { name, kind, settings, health = "healthy", detail = "", tookMs = 80, beats = [], parts }: Sketch,
    place: number,
  ): ProbeView {
    const entry = probeEntry(kind);
    const parsed = parseSettings(entry.fields, settings);
    if (!parsed.ok) throw new TypeError(`the stand-in's own settings are wrong: ${JSON.stringify(parsed.problems)}`);
    const now = this.#now;
    const intervalMs = entry.intervalMsDefault;
    const last: readonly Health[] = [...Array.from<Health>({ length: 26 }).fill("healthy"), ...beats].slice(-30);
    const all = last.map((one, index): ProbeBeat => ({
      at: now - (last.length - index) * intervalMs,
      health: one,
      tookMs: one === "healthy" && tookMs !== null ? Math.round(tookMs * (1 + (index % 5) / 10)) : null,
    }));
    return {
      id: idOf(7, place),
      name,
      kind,
      target: entry.target(parsed.settings as never),
      via: null,
      about: null,
      tags: [],
      state: "active",
      maintenanceUntil: null,
      intervalMs,
      timeoutMs: entry.timeoutMsDefault,
      rise: 1,
      fall: 3,
      hasSecret: place === PROBE.api,
      settings: parsed.settings as ProbeView["settings"],
      health,
      since: now - 3 * HOUR,
      detail: detail === "" && health === "healthy" ? "status 200" : detail,
      lastAt: now - 4_000,
      nextAt: now + 26_000,
      tookMs,
      certificateUntil: null,
      beats: all,
      createdAt: now - 40 * DAY,
      ...parts,
    };
  }
}
