import {
  badnessOfCount,
  badnessOfNumber,
  badnessOfPresence,
  badnessOfProbe,
  badnessOfService,
  badnessOfUnknown,
  countedLinesMax,
  DAY_MS,
  fitsLabels,
  fitsPattern,
  firingWatch,
  HOUR_MS,
  heldClearForMs,
  isFiring,
  isFor,
  isHeldPlace,
  isLogOf,
  levelsOn,
  logRateTitle,
  measuredUnit,
  metricText,
  MINUTE_MS,
  NO_SUBJECT,
  rateOf,
  SEVERITIES,
  severityRank,
  stepWatch,
  subjectKey,
  UNKNOWN,
  valueText,
  watchEffect,
  WELL,
  WELL_WATCH,
} from "@muster/core";
import type {
  Badness,
  Clock,
  Condition,
  Dependencies,
  HubTrouble,
  Incident,
  IncidentEffect,
  Level,
  LogSource,
  Member,
  MetricCondition,
  Place,
  Presence,
  Rule,
  Subject,
  Watch,
} from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import type { Fleet } from "../fleet/fleet.ts";
import type { LiveServer, LiveSlot } from "../fleet/live-server.ts";
import type { ServiceEntry } from "../fleet/service-directory.ts";
import type { ServiceRegistry } from "../fleet/service-registry.ts";
import type { ProbeDesk } from "../probes/probe-desk.ts";
import type { Forecasts } from "./forecasts.ts";
import type { HubNetwork } from "./hub-network.ts";
import type { LogFollower, LogOrder } from "./log-follower.ts";

export interface RuleWatchDeps {
  readonly fleet: Fleet;
  readonly services: Pick<ServiceRegistry, "views" | "listen">;
  readonly probes: Pick<ProbeDesk, "has" | "ids" | "view" | "report" | "listen">;
  readonly forecasts: Forecasts;
  readonly logs: Pick<LogFollower, "want">;
  readonly clock: Clock;
  /** What is wrong with the hub itself now, by what, with a line for people. */
  readonly hubTroubles: () => ReadonlyMap<string, { readonly trouble: HubTrouble; readonly title: string }>;
  /** How often the incident in which this is was opened again: the more, the longer it must be well (AL12). */
  readonly reopenedOf: (ruleId: string, key: string) => number;
  /** All that a service needs, also through others; nothing that needs it in turn. */
  readonly neededBy: (serviceId: string) => readonly Pick<ServiceEntry, "serverId" | "driver" | "name">[];
  readonly dependencies: Dependencies;
  /** Looked at before each turn. */
  readonly network: Pick<HubNetwork, "look" | "isSuspected" | "isOwn">;
}

/** One thing that is not well, or was not a moment ago. */
interface Tracked {
  rule: Rule;
  readonly key: string;
  readonly subject: Subject;
  watch: Watch;
  /** The look at which it was there last, and when that was. */
  look: number;
  seenMs: number;
}

/** A part of the world that is looked at as a whole. */
type Facet = `${"metrics" | "services" | "logs" | "server" | "probe"} ${string}` | "hub";

interface MetricPlan {
  readonly rule: Rule & { readonly condition: MetricCondition };
  readonly levels: readonly Level[];
  readonly entries: readonly { readonly slot: LiveSlot; tracked: Tracked | undefined }[];
}

interface ServerPlan {
  readonly rulesVersion: number;
  readonly seriesVersion: number;
  readonly tags: readonly string[];
  readonly metrics: readonly MetricPlan[];
}

interface LogPlan {
  readonly rulesVersion: number;
  readonly tags: readonly string[];
  readonly asked: readonly AskedLog[] | undefined;
}

type RuleOf<K extends Condition["is"]> = Rule & { readonly condition: Extract<Condition, { readonly is: K }> };

/** Whatever brings no news is looked at this often, for what only time changes. */
const SWEEP_MS = MINUTE_MS;
/** A value that is this much older than the newest of its server is none. */
const OLD_MS = 5 * MINUTE_MS;
/** A series that has not been read for so long is gone. */
const GONE_MS = 15 * MINUTE_MS;
const CLOCK_OFF_MS = 30_000;
/** Lost samples are news for this long. */
const DROPPED_NEWS_MS = 10 * MINUTE_MS;
/** A reboot that was asked for takes at most this long; so long nobody misses the server. */
const REBOOT_GRACE_MS = 10 * MINUTE_MS;
/** It may be what it likes: somebody else is told of, or nobody is surprised. All stays as it is. */
const HELD: Badness = -4;
/** Logs of one server that are followed at one time by all rules; of one by SSH, whose sessions people need, too. */
const LOGS_OF_SERVER_MAX = 8;
const LOGS_BY_SSH_MAX = 2;
const TOO_MANY_OF_SERVER = "rules name more logs of this server than are followed at one time";
const NOT_GRANTED = "the server's policy does not let it be read";
/** After so long others have their turn. */
const SLICE_MS = 8;

/**
 * Judges everything that is known by the rules (AL1 to AL8): what is read is judged when it comes, the rest by the minute, and
 * what is not well every turn. Behind a server that is not there nothing is judged (AL13).
 */
export class RuleWatch {
  readonly #deps: RuleWatchDeps;
  #byKind: ReadonlyMap<Condition["is"], readonly Rule[]> = new Map();
  #byMetric = new Map<string, readonly RuleOf<"metric">[]>();
  #byId: ReadonlyMap<string, Rule> = new Map();
  #rulesVersion = 0;
  #look = 0;
  readonly #plans = new Map<string, ServerPlan>();
  /** Until more is told of the server's services. */
  readonly #logPlans = new Map<string, LogPlan>();
  readonly #tracked = new Map<Facet, Map<string, Tracked>>();
  readonly #dirty = new Set<Facet>();
  readonly #dropped = new Map<string, { count: number; grewMs: number }>();
  /** When each place was last held behind another one, by the monotonic clock. */
  readonly #held = new Map<string, number>();
  readonly #rebooting = new Map<string, { readonly untilMs: number; wasAway: boolean }>();
  readonly #effects: IncidentEffect[] = [];
  readonly #logTroubles = new Map<string, readonly { readonly ruleId: string; log: string; why: string }[]>();
  readonly #stops: readonly (() => void)[];
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(deps: RuleWatchDeps) {
    this.#deps = deps;
    const { fleet, services, probes } = deps;
    this.#stops = [
      fleet.listen((event) => {
        const { serverId } = event;
        if (event.is === "removed") return this.#serverRemoved(serverId);
        this.#dirty.add(`metrics ${serverId}`);
        if (event.is !== "read") this.#allOf(serverId);
      }),
      services.listen((event) => {
        if (event.is === "ledger") return;
        this.#logPlans.delete(event.serverId);
        this.#dirty.add(`services ${event.serverId}`).add(`logs ${event.serverId}`);
      }),
      probes.listen(({ probeId }) => this.#dirty.add(`probe ${probeId}`)),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** From now on these hold. What was wrong by one that is gone or off has ended. */
  setRules(rules: readonly Rule[]): void {
    const enabled = rules.filter(({ isEnabled }) => isEnabled);
    this.#byKind = Map.groupBy(enabled, ({ condition }) => condition.is);
    this.#byMetric = Map.groupBy(this.#ofKind("metric"), ({ condition }) => condition.metric);
    this.#rulesVersion++;
    this.#byId = new Map(enabled.map((rule) => [rule.id, rule]));
    for (const ofFacet of this.#tracked.values())
      for (const [place, tracked] of ofFacet) {
        const rule = this.#byId.get(tracked.rule.id);
        if (rule !== undefined) {
          tracked.rule = rule;
          continue;
        }
        ofFacet.delete(place);
        this.#cleared(tracked, "the rule was switched off or deleted");
      }
    this.#sweptMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes in what was wrong when the hub ended. */
  restore(incidents: readonly Incident[]): void {
    for (const { ruleId, ruleName, members } of incidents) {
      const rule = this.#byId.get(ruleId);
      for (const { key, subject, severity, clearedAt } of members) {
        if (clearedAt !== null) continue;
        if (rule === undefined) {
          const gone = { id: ruleId, name: ruleName };
          this.#effects.push({ rule: gone, key, member: undefined, why: "the rule was switched off or deleted" });
        } else this.#track(facetOf(subject, rule), rule, subject, firingWatch(severityRank(severity)));
      }
    }
  }

  /** A log of this server that a rule looks through said something, or stands otherwise than before. */
  logChanged(serverId: string): void {
    this.#dirty.add(`logs ${serverId}`);
  }

  /** What rules cannot read of logs now, and why: by rule, lines for people. */
  logTroublesOf(ruleId: string): readonly string[] {
    return [...this.#logTroubles].flatMap(([serverId, troubles]) => {
      const name = this.#deps.fleet.get(serverId)?.known.name ?? serverId;
      return troubles.flatMap((one) => (one.ruleId === ruleId ? [`${name}/${one.log}: ${one.why}`] : []));
    });
  }

  /** A reboot of this server was sent to it, or has come to nothing. */
  rebooting(serverId: string, is: boolean): void {
    if (is) this.#rebooting.set(serverId, { untilMs: this.#deps.clock.monotonic() + REBOOT_GRACE_MS, wasAway: false });
    else this.#rebooting.delete(serverId);
  }

  /** Looks at everything that brought news, that is not well, or whose time has come; what came of it. */
  async turn(): Promise<readonly IncidentEffect[]> {
    const { clock, fleet, probes, network } = this.#deps;
    network.look();
    const nowMs = clock.monotonic();
    if (nowMs - this.#sweptMs >= SWEEP_MS) {
      this.#sweptMs = nowMs;
      for (const id of fleet.ids()) this.#allOf(id);
      for (const id of probes.ids()) this.#dirty.add(`probe ${id}`);
    }
    this.#dirty.add("hub");
    const due = new Set([...this.#dirty, ...this.#tracked.keys()]);
    this.#dirty.clear();
    let sliceMs = nowMs;
    for (const facet of due) {
      this.#lookAt(facet);
      if (clock.monotonic() - sliceMs < SLICE_MS) continue;
      await nextTurn();
      sliceMs = clock.monotonic();
    }
    return this.#effects.splice(0);
  }

  #ofKind<K extends Condition["is"]>(is: K): readonly RuleOf<K>[] {
    return (this.#byKind.get(is) ?? []) as readonly RuleOf<K>[];
  }

  #lookAt(facet: Facet): void {
    this.#look++;
    const [kind, id = ""] = facet.split(" ", 2);
    const isJudged =
      kind === "metrics"
        ? this.#metrics(id)
        : kind === "services"
          ? this.#services(id)
          : kind === "logs"
            ? this.#logs(id)
            : kind === "server"
              ? this.#server(id)
              : kind === "probe"
                ? this.#probe(id)
                : this.#hub();
    const ofFacet = this.#tracked.get(facet);
    if (ofFacet === undefined) return;
    for (const [place, tracked] of ofFacet) {
      if (isJudged && tracked.look !== this.#look) {
        if (this.#isMeant(tracked)) {
          // A series that is not there may be one that has not been read yet: after a start, or a rare one.
          if (tracked.rule.noData === "alert") this.#judgeMissing(facet, tracked);
          if (tracked.rule.noData === "alert" || this.#deps.clock.monotonic() - tracked.seenMs < GONE_MS) continue;
        }
        ofFacet.delete(place);
        this.#cleared(tracked, "it is not there any more, or the rule is not for it");
      } else if (tracked.watch.is === "well") ofFacet.delete(place);
    }
    if (ofFacet.size === 0) this.#tracked.delete(facet);
  }

  /** Whether it is a series that its rule is for, on a server that is there. */
  #isMeant({ rule, subject: { serverId, metric, labels } }: Tracked): boolean {
    const { condition } = rule;
    if (metric === null || serverId === null || condition.is !== "metric" || condition.metric !== metric) return false;
    const server = this.#deps.fleet.get(serverId);
    return server !== undefined && isFor(rule, serverId, server.known.tags) && fitsLabels(labels, condition.labels);
  }

  /** That it is gone is what is to be told. */
  #judgeMissing(facet: Facet, { rule, subject }: Tracked): void {
    const { serverId, metric, labels } = subject;
    const server = this.#deps.fleet.get(serverId ?? "")?.known.name ?? "";
    this.#judge(facet, rule, subject, UNKNOWN, () => ({
      title: `${server}: ${metricText(metric ?? "", labels)} is not known`,
      value: null,
    }));
  }

  /** One thing by one rule. `describe` is asked only where something is to be told. */
  #judge(facet: Facet, rule: Rule, subject: Subject, badness: Badness, describe: () => Described): Tracked | undefined {
    const key = subjectKey(subject);
    const tracked = this.#tracked.get(facet)?.get(`${rule.id} ${key}`);
    const judged = badness === UNKNOWN ? badnessOfUnknown(rule) : badness === HELD ? UNKNOWN : badness;
    if (tracked === undefined && judged < 0) return undefined;
    const before = tracked?.watch ?? WELL_WATCH;
    const nowMs = this.#deps.clock.monotonic();
    const clearForMs = heldClearForMs(rule.clearForMs, isFiring(before) ? this.#deps.reopenedOf(rule.id, key) : 0);
    const after = stepWatch(before, judged, { forMs: rule.forMs, clearForMs }, nowMs);
    const kept = tracked ?? this.#track(facet, rule, subject, after);
    Object.assign(kept, { watch: after, look: this.#look, seenMs: nowMs });
    const effect = watchEffect(before, after);
    if (effect === "cleared") this.#cleared({ rule, key, watch: before }, "");
    else if (effect !== undefined && isFiring(after)) {
      const severity = SEVERITIES[after.rank] ?? "warning";
      const since = this.#deps.clock.now();
      const member: Member = { key, subject, ...describe(), severity, since, clearedAt: null };
      this.#effects.push({ rule, key, member, why: "" });
    }
    return kept;
  }

  #track(facet: Facet, rule: Rule, subject: Subject, watch: Watch): Tracked {
    const ofFacet = this.#tracked.get(facet) ?? new Map<string, Tracked>();
    this.#tracked.set(facet, ofFacet);
    const key = subjectKey(subject);
    const seenMs = this.#deps.clock.monotonic();
    const tracked: Tracked = { rule, key, subject, watch, look: this.#look, seenMs };
    ofFacet.set(`${rule.id} ${key}`, tracked);
    return tracked;
  }

  #cleared({ rule, key, watch }: Pick<Tracked, "rule" | "key" | "watch">, why: string): void {
    if (isFiring(watch)) this.#effects.push({ rule, key, member: undefined, why });
  }

  /** Whether a server is there, so that what is known of it is of now. */
  #isThere(server: LiveServer): boolean {
    return this.#deps.fleet.presenceOf(server).is === "online";
  }

  #metrics(serverId: string): boolean {
    const server = this.#deps.fleet.get(serverId);
    if (server === undefined) return true;
    if (!this.#isThere(server)) return false;
    const facet: Facet = `metrics ${serverId}`;
    for (const plan of this.#planOf(server).metrics) {
      const { condition } = plan.rule;
      for (const entry of plan.entries) {
        const value = this.#measured(server, entry.slot, condition);
        const badness = badnessOfNumber(value, plan.levels, condition.comparison, condition.clearAt);
        if (badness < 0 && entry.tracked === undefined && (badness !== UNKNOWN || plan.rule.noData !== "alert"))
          continue;
        const { metric, labels } = entry.slot;
        const tracked = this.#judge(facet, plan.rule, { ...NO_SUBJECT, serverId, metric, labels }, badness, () => ({
          title: metricTitle(server.known.name, plan, entry.slot, value),
          value: Number.isFinite(value) ? value : null,
        }));
        entry.tracked = tracked?.watch.is === "well" ? undefined : tracked;
      }
    }
    return true;
  }

  #measured(server: LiveServer, slot: LiveSlot, { measure, horizonMs, windowMs }: MetricCondition): number {
    if (server.newestAt - slot.at > OLD_MS) return Number.NaN;
    if (measure === "value") return slot.value;
    if (measure === "rate") return rateOf(slot.at, slot.value, slot.previousAt, slot.previousValue);
    const slope = this.#deps.forecasts.slope(server.known.id, slot.metric, slot.labels, windowMs);
    return slope === undefined ? Number.NaN : slot.value + slope * horizonMs;
  }

  #planOf(server: LiveServer): ServerPlan {
    const { id, tags } = server.known;
    const slots = server.slots();
    const known = this.#plans.get(id);
    const { seriesVersion } = server;
    if (known?.rulesVersion === this.#rulesVersion && known.seriesVersion === seriesVersion && known.tags === tags)
      return known;
    const ofFacet = this.#tracked.get(`metrics ${id}`);
    const byRule = new Map<RuleOf<"metric">, { slot: LiveSlot; tracked: Tracked | undefined }[]>();
    for (const slot of slots)
      for (const rule of this.#byMetric.get(slot.metric) ?? []) {
        if (!isFor(rule, id, tags) || !fitsLabels(slot.labels, rule.condition.labels)) continue;
        const key = subjectKey({ ...NO_SUBJECT, serverId: id, metric: slot.metric, labels: slot.labels });
        const entry = { slot, tracked: ofFacet?.get(`${rule.id} ${key}`) };
        const entries = byRule.get(rule);
        if (entries === undefined) byRule.set(rule, [entry]);
        else entries.push(entry);
      }
    const metrics = [...byRule].flatMap(([rule, entries]) => {
      const levels = levelsOn(rule, rule.condition.levels, id);
      return levels === undefined ? [] : [{ rule, levels, entries }];
    });
    const plan = { rulesVersion: this.#rulesVersion, seriesVersion, tags, metrics };
    this.#plans.set(id, plan);
    return plan;
  }

  #services(serverId: string): boolean {
    const { fleet, services } = this.#deps;
    const server = fleet.get(serverId);
    if (server === undefined) return true;
    if (!this.#isThere(server)) return false;
    const rules = this.#ofKind("service").filter((rule) => isFor(rule, serverId, server.known.tags));
    if (rules.length === 0) return true;
    const facet: Facet = `services ${serverId}`;
    for (const service of services.views({ serverIds: [serverId] })) {
      // What is not told in this session is the past.
      if (!service.isCurrent) return false;
      const { driver, name, state, health, rawState, healthDetail } = service;
      for (const rule of rules) {
        const { drivers, names, severities } = rule.condition;
        if (drivers.length > 0 && !drivers.includes(driver)) continue;
        if (names.length > 0 && !names.some((pattern) => fitsPattern(name, pattern))) continue;
        const { badness, trouble } = badnessOfService(state, health, severities);
        const isHeld = badness >= 0 && this.#isBehindNeeded(service.id);
        const subject = { ...NO_SUBJECT, serverId, service: { driver, name } };
        this.#judge(facet, rule, subject, isHeld ? HELD : badness, () => {
          const isHealth = trouble === "unhealthy" || trouble === "degraded";
          const detail = isHealth ? healthDetail : rawState;
          const title = `${server.known.name}: ${name} is ${trouble ?? state}`;
          return { title: detail === "" || detail === trouble ? title : `${title} (${detail})`, value: null };
        });
      }
    }
    return true;
  }

  /** Says which logs of a server are followed, and judges what they said. */
  #logs(serverId: string): boolean {
    const { fleet, logs, clock } = this.#deps;
    const server = fleet.get(serverId);
    const asked = server === undefined ? [] : this.#logPlanOf(server);
    // What is followed stays so, and goes on when the server is back.
    if (asked === undefined) return false;
    const mostAtOnce = server?.known.link === "ssh" ? LOGS_BY_SSH_MAX : LOGS_OF_SERVER_MAX;
    const readable = asked.filter(({ refusal }) => refusal === undefined).slice(0, mostAtOnce);
    const standings = logs.want(
      serverId,
      readable.map(({ order }) => order),
    );
    const troubles = asked.map((one) => {
      const standing = standings[readable.indexOf(one)];
      const why = one.refusal ?? (standing === undefined ? TOO_MANY_OF_SERVER : undefined);
      return { ...one, standing: standing ?? { is: "unreadable" as const, why: why ?? "" } };
    });
    const unreadable = troubles.flatMap(({ order, standing }) =>
      standing.is === "unreadable" ? [{ ruleId: order.ruleId, log: order.source.name, why: standing.why }] : [],
    );
    if (unreadable.length > 0) this.#logTroubles.set(serverId, unreadable);
    else this.#logTroubles.delete(serverId);
    if (server === undefined) return true;
    if (!this.#isThere(server)) return false;
    for (const { rule, subject, order, standing } of troubles) {
      const { condition } = rule;
      const levels = levelsOn(rule, condition.levels, serverId) ?? [];
      const count = standing.is === "read" ? standing.rate.within(condition.windowMs, clock.now()) : undefined;
      const badness = standing.is === "opening" ? HELD : badnessOfCount(count, levels);
      this.#judge(`logs ${serverId}`, rule, subject, badness, () => ({
        title: logRateTitle(
          `${server.known.name}: ${order.source.name}`,
          condition,
          count,
          standing.is === "unreadable" ? standing.why : "",
        ),
        value: count ?? null,
      }));
    }
    return true;
  }

  /** The logs that rules mean on a server; undefined where its services are not told in this session: they are the past. */
  #logPlanOf(server: LiveServer): readonly AskedLog[] | undefined {
    const { id, tags } = server.known;
    const known = this.#logPlans.get(id);
    if (known?.rulesVersion === this.#rulesVersion && known.tags === tags) return known.asked;
    const rules = this.#ofKind("log").filter((rule) => isFor(rule, id, tags));
    const services = rules.length === 0 ? [] : this.#deps.services.views({ serverIds: [id] });
    const isCurrent = services.every((service) => service.isCurrent);
    const asked = isCurrent ? rules.flatMap((rule) => this.#logsOf(rule, id, services)) : undefined;
    this.#logPlans.set(id, { rulesVersion: this.#rulesVersion, tags, asked });
    return asked;
  }

  /** The logs of a server that a rule means: of its services, in their order, then files. */
  #logsOf(
    rule: RuleOf<"log">,
    serverId: string,
    services: ReturnType<RuleWatchDeps["services"]["views"]>,
  ): readonly AskedLog[] {
    const { condition } = rule;
    const countedMax = countedLinesMax(condition, rule);
    const asked = (about: Pick<Subject, "service" | "file">, source: LogSource, refusal?: string): AskedLog => ({
      ...{ rule, refusal, subject: { ...NO_SUBJECT, serverId, ...about } },
      order: { ruleId: rule.id, serverId, source, condition, countedMax },
    });
    return [
      ...services.flatMap(({ driver, name, isLogGranted }) =>
        isLogOf(condition, { driver, name })
          ? [asked({ service: { driver, name } }, { driver, name }, isLogGranted ? undefined : NOT_GRANTED)]
          : [],
      ),
      ...condition.files.map((file) => asked({ service: null, file }, { driver: "file", name: file })),
    ];
  }

  #server(serverId: string): boolean {
    const { fleet, clock } = this.#deps;
    const server = fleet.get(serverId);
    if (server === undefined) return true;
    const facet: Facet = `server ${serverId}`;
    const { name, tags } = server.known;
    const presence = fleet.presenceOf(server);
    const nowMs = clock.monotonic();
    const isExcused = this.#isRebooting(serverId, presence.is, nowMs) || this.#isHeld({ is: "server", id: serverId });
    for (const rule of this.#ofKind("offline")) {
      if (!isFor(rule, serverId, tags)) continue;
      const badness = badnessOfPresence(presence.is, rule.condition.severity);
      const isHeld = badness >= 0 && isExcused;
      this.#judge(facet, rule, { ...NO_SUBJECT, serverId }, isHeld ? HELD : badness, () => ({
        title: `${name} is offline`,
        value: null,
      }));
    }
    const offMs = Math.abs(server.clockOffsetMs ?? 0);
    const isThere = presence.is === "online";
    const hasDropped = this.#hasDropped(server, nowMs);
    const link = server.linkState?.is;
    /** Undefined: it cannot be told now. */
    const troubles: readonly (readonly [HubTrouble, boolean | undefined, string])[] = [
      [
        "clock",
        isThere && server.clockOffsetMs !== undefined ? offMs > CLOCK_OFF_MS : undefined,
        `${name}: its clock is ${Math.round(offMs / 1_000)} s off`,
      ],
      ["dropped", isThere || hasDropped ? hasDropped : undefined, `${name}: its agent lost samples`],
      // One that was never reached waits for somebody to look at its key, and nothing is wrong with it.
      [
        "host-key",
        link === undefined || link === "waiting"
          ? undefined
          : link === "host-key" && (server.heardAt ?? server.known.lastHeardAt) !== null,
        `${name}: it shows another host key than before, and is not spoken to`,
      ],
    ];
    for (const rule of this.#ofKind("hub")) {
      if (!isFor(rule, serverId, tags)) continue;
      for (const [trouble, is, title] of troubles) {
        const severity = rule.condition.severities[trouble];
        if (severity === undefined) continue;
        const subject = { ...NO_SUBJECT, serverId, trouble };
        const badness = is === undefined ? HELD : is ? severityRank(severity) : WELL;
        this.#judge(facet, rule, subject, badness, () => ({ title, value: null }));
      }
    }
    return true;
  }

  /** Whether a server is away because it is being rebooted. Once it is back it is missed like any other. */
  #isRebooting(serverId: string, is: Presence["is"], nowMs: number): boolean {
    const rebooting = this.#rebooting.get(serverId);
    if (rebooting === undefined) return false;
    if (is !== "online") rebooting.wasAway = true;
    const isOver = rebooting.untilMs <= nowMs || (is === "online" && rebooting.wasAway);
    if (isOver) this.#rebooting.delete(serverId);
    return !isOver;
  }

  /** Whether it stands behind something that is down, or did a moment ago: that one is told of (AL34). */
  #isHeld(place: Place): boolean {
    const { network } = this.#deps;
    if (network.isSuspected && (place.is === "probe" || !network.isOwn(place.id))) return true;
    return isHeldPlace(place, this.#deps.dependencies, this.#held, this.#deps.clock.monotonic());
  }

  /** Whether a service that this one needs is itself not well by a rule: that one is told of. */
  #isBehindNeeded(serviceId: string): boolean {
    const rules = this.#ofKind("service");
    return this.#deps.neededBy(serviceId).some(({ serverId, driver, name }) => {
      const key = subjectKey({ ...NO_SUBJECT, serverId, service: { driver, name } });
      const ofServer = this.#tracked.get(`services ${serverId}`);
      return rules.some(({ id }) => (ofServer?.get(`${id} ${key}`)?.watch.is ?? "well") !== "well");
    });
  }

  #hasDropped(server: LiveServer, nowMs: number): boolean {
    const { id, droppedSamples } = server.known;
    const count = droppedSamples + server.droppedSamples;
    const known = this.#dropped.get(id);
    if (known === undefined || count !== known.count)
      this.#dropped.set(id, {
        count,
        grewMs: known !== undefined && count > known.count ? nowMs : (known?.grewMs ?? Number.NEGATIVE_INFINITY),
      });
    return nowMs - (this.#dropped.get(id)?.grewMs ?? Number.NEGATIVE_INFINITY) < DROPPED_NEWS_MS;
  }

  #probe(probeId: string): boolean {
    const { fleet, probes, clock } = this.#deps;
    if (!probes.has(probeId)) {
      this.#held.delete(`probe ${probeId}`);
      return true;
    }
    const probe = probes.view(probeId);
    if (probe.state === "paused") return true;
    for (const server of [probe.via, probe.about]) {
      const live = server === null ? undefined : fleet.get(server.serverId);
      if (live !== undefined && !this.#isThere(live)) return false;
    }
    if (this.#isHeld({ is: "probe", id: probeId })) return false;
    const facet: Facet = `probe ${probeId}`;
    const serverId = probe.about?.serverId ?? null;
    const tags = [...probe.tags, ...(serverId === null ? [] : (fleet.get(serverId)?.known.tags ?? []))];
    const subject = { ...NO_SUBJECT, serverId, probeId };
    for (const rule of this.#ofKind("probe")) {
      if (!isFor(rule, serverId, tags)) continue;
      const { kinds, severities } = rule.condition;
      if (kinds.length > 0 && !kinds.includes(probe.kind)) continue;
      this.#judge(facet, rule, subject, badnessOfProbe(probe.health, severities), () => ({
        title: `${probe.name} is ${probe.health}${probe.detail === "" ? "" : `: ${probe.detail}`}`,
        value: null,
      }));
    }
    const { certificateUntil, beats } = probe;
    const hasRunWell = beats.at(-1)?.health === "healthy" && probes.report(probeId).reportAt !== null;
    if (certificateUntil === null && hasRunWell) return true;
    // None was seen since the hub's start or the probe's change: what was said of it before stays.
    const days = certificateUntil === null ? undefined : (certificateUntil - clock.now()) / DAY_MS;
    for (const rule of this.#ofKind("certificate")) {
      if (!isFor(rule, serverId, tags)) continue;
      const badness = days === undefined ? HELD : badnessOfNumber(days, rule.condition.levels, "below", null);
      this.#judge(facet, rule, subject, badness, () => ({
        title:
          days === undefined || days < 0
            ? `${probe.name}: its certificate has ended`
            : `${probe.name}: its certificate ends in ${Math.floor(days)} days`,
        value: days ?? null,
      }));
    }
    return true;
  }

  #hub(): boolean {
    const troubles = this.#deps.hubTroubles();
    for (const rule of this.#ofKind("hub")) {
      if (rule.scope.is !== "all") continue;
      for (const [name, { trouble, title }] of troubles) {
        const severity = rule.condition.severities[trouble];
        if (severity === undefined) continue;
        const subject = { ...NO_SUBJECT, trouble, labels: { what: name } };
        this.#judge("hub", rule, subject, severityRank(severity), () => ({ title, value: null }));
      }
    }
    // What is not wrong any more is well, for as long as the rule wants it to be.
    for (const { look, rule, subject } of this.#tracked.get("hub")?.values() ?? [])
      if (look !== this.#look) this.#judge("hub", rule, subject, WELL, () => ({ title: "", value: null }));
    return true;
  }

  #serverRemoved(serverId: string): void {
    this.#plans.delete(serverId);
    this.#logPlans.delete(serverId);
    this.#dropped.delete(serverId);
    this.#rebooting.delete(serverId);
    this.#held.delete(`server ${serverId}`);
    this.#allOf(serverId);
  }

  #allOf(serverId: string): void {
    for (const kind of ["metrics", "services", "logs", "server"] as const) this.#dirty.add(`${kind} ${serverId}`);
  }
}

/** A log that a rule means. `refusal`: why it is not even asked for. */
interface AskedLog {
  readonly rule: RuleOf<"log">;
  readonly subject: Subject;
  readonly order: LogOrder;
  readonly refusal: string | undefined;
}

type Described = Pick<Member, "title" | "value">;

/** Where the thing is looked at. */
function facetOf({ serverId, service, probeId, metric }: Subject, { condition }: Rule): Facet {
  if (condition.is === "log") return `logs ${serverId ?? ""}`;
  if (probeId !== null) return `probe ${probeId}`;
  if (serverId === null) return "hub";
  return `${service !== null ? "services" : metric !== null ? "metrics" : "server"} ${serverId}`;
}

function metricTitle(
  server: string,
  { rule, levels }: MetricPlan,
  { metric, labels }: LiveSlot,
  value: number,
): string {
  const { measure, comparison, horizonMs } = rule.condition;
  const what = `${server}: ${metricText(metric, labels)}`;
  if (!Number.isFinite(value)) return `${what} is not known`;
  const unit = measuredUnit(metric, measure);
  const passed = levels.findLast(({ threshold }) => (comparison === "above" ? value > threshold : value < threshold));
  const bound = passed === undefined ? "" : ` (${comparison} ${valueText(passed.threshold, unit)})`;
  const told =
    measure === "forecast"
      ? `will be ${valueText(value, unit)} in ${Math.round(horizonMs / HOUR_MS)} h`
      : valueText(value, unit);
  return `${what} ${told}${bound}`;
}
