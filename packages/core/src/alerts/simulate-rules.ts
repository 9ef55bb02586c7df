import type { Presence } from "../presence.ts";
import type { ProbeKindName } from "../probes/kinds.ts";
import { compileExpression, literalMatcher } from "../services/expression.ts";
import type { TextMatcher } from "../services/expression.ts";
import type { Health, RunState } from "../services/service.ts";
import type { Instant } from "../time.ts";
import { MINUTE_MS } from "../time.ts";
import {
  badnessOfNumber,
  badnessOfPresence,
  badnessOfProbe,
  badnessOfService,
  badnessOfUnknown,
  isLogOf,
  fitsLabels,
  fitsPattern,
  levelsOn,
  rateOf,
  UNKNOWN,
  WELL,
} from "./badness.ts";
import type { Badness } from "./badness.ts";
import { HUB_NETWORK, incidentBehind, isHeldPlace } from "./behind.ts";
import type { Dependencies, Place } from "./behind.ts";
import { badnessOfCount, countedLinesMax, LineRate, logRateTitle } from "./log-rate.ts";
import { slopeOf } from "./forecast.ts";
import { isWithin } from "./hours.ts";
import type { Hours } from "./hours.ts";
import { advanceIncident } from "./incident.ts";
import type { Incident, IncidentEvent } from "./incident.ts";
import { noticeOf } from "./notice.ts";
import type { Notice } from "./notice.ts";
import type { MetricCondition, Rule } from "./rule.ts";
import { isFor } from "./scope.ts";
import { SEVERITIES, severityRank } from "./severity.ts";
import { isHeldBack } from "./silence.ts";
import type { Silence } from "./silence.ts";
import { subjectKey } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { takeIn } from "./take-in.ts";
import type { IncidentEffect, LiveIncidents } from "./take-in.ts";
import { decideTelling, isSettled, toldOf } from "./telling.ts";
import type { Hearing, Told } from "./telling.ts";
import { heldClearForMs, isFiring, stepWatch, watchEffect, WELL_WATCH } from "./watch.ts";
import type { Watch } from "./watch.ts";

export const THING_KINDS = ["metric", "server", "service", "log", "probe", "certificate", "hub"] as const;

/** Not read in this step; of a number `NaN` is the same. */
export const NOT_READ = "_";
/** A log that can be read. */
export const READ = "read";
/** Not there any more: what was wrong with it has ended (AL8). */
export const GONE = "gone";

/**
 * How a thing is in one step: a number of a metric, or days of a certificate; a presence of a server; a run state or a
 * health of a service; a health of a probe; `ok` or `bad` of the hub; `read` of a log; or one of the two above.
 */
export type Look = number | string;

/** One thing that is looked at in each step. */
export interface SimulatedThing {
  readonly is: (typeof THING_KINDS)[number];
  readonly subject: Subject;
  /** How it is called in what is told. */
  readonly name: string;
  readonly probeKind: ProbeKindName;
  /** From the first step on; after its end it stays as it was last. */
  readonly looks: readonly Look[];
  /** What a log says, oldest first. */
  readonly lines?: readonly { readonly at: Instant; readonly text: string }[];
}

/** What somebody does, to each incident that is open then and meant. */
export interface SimulatedAct {
  readonly at: Instant;
  readonly event: Exclude<IncidentEvent, { readonly is: "fired" | "cleared" }>;
  readonly means: (incident: Incident) => boolean;
}

export interface SimulatedHearer {
  readonly notifierId: string;
  readonly hearing: Hearing;
  /** Null: always. */
  readonly hours: Hours | null;
  /** Told by rules that name nobody. */
  readonly isDefault: boolean;
}

/** A world on a clock of its own, in which rules hold. */
export interface SimulatedWorld {
  readonly startAt: Instant;
  readonly stepMs: number;
  readonly steps: number;
  readonly rules: readonly Rule[];
  readonly things: readonly SimulatedThing[];
  /** Of servers, by their id. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** What servers stand behind, by their id. */
  readonly parents: ReadonlyMap<string, readonly Place[]>;
  readonly acts: readonly SimulatedAct[];
  readonly silences: readonly Silence[];
  readonly hearers: readonly SimulatedHearer[];
}

export interface SimulatedNotice {
  readonly at: Instant;
  readonly notifierId: string;
  readonly notice: Notice;
}

export interface SimulationResult {
  /** In the order in which they opened. */
  readonly incidents: readonly Incident[];
  readonly notices: readonly SimulatedNotice[];
}

/**
 * What rules make of a world: every incident, and every notice at its time. It takes each step as the hub takes a turn, by
 * the same functions: looks are judged, incidents change, notices are decided; then people act. It knows no outages of
 * the hub and no failing deliveries.
 */
export function simulateRules(world: SimulatedWorld): SimulationResult {
  const simulation = new Simulation(world);
  for (let step = 0; step < world.steps; step++) simulation.step(step);
  return simulation.result();
}

/** One rule over one thing. */
interface Pair {
  readonly rule: Rule;
  readonly thing: SimulatedThing;
  readonly key: string;
  watch: Watch;
  /** How much it grows a millisecond, as it was worked out last. */
  slope: number | undefined;
  /** Of a log: how often it said what is looked for, and which of its lines comes next. */
  readonly log: { readonly rate: LineRate; readonly matcher: TextMatcher; next: number } | undefined;
}

/** A line through the past is worked out this often, from so many points at most. */
const SLOPE_EVERY_MS = 10 * MINUTE_MS;
const SLOPE_POINTS_MAX = 120;

class Simulation {
  readonly #world: SimulatedWorld;
  readonly #pairs: readonly Pair[];
  /** Servers and probes, which others may stand behind. */
  readonly #places: ReadonlyMap<string, SimulatedThing>;
  readonly #held = new Map<string, number>();
  readonly #incidents = new Map<string, Incident>();
  #count = 0;
  /** Those that can still change or be told. */
  readonly #live = new Map<string, Map<string, Told>>();
  /** By rule and key, the incident in which it was last. */
  readonly #byKey = new Map<string, string>();
  /** By rule. */
  readonly #newest = new Map<string, string>();
  readonly #notices: SimulatedNotice[] = [];
  readonly #acts: SimulatedAct[];

  constructor(world: SimulatedWorld) {
    this.#world = world;
    this.#acts = world.acts.toSorted((one, other) => one.at - other.at);
    const enabled = world.rules.filter(({ isEnabled }) => isEnabled);
    this.#pairs = world.things.flatMap((thing) =>
      enabled
        .filter((rule) => isAbout(rule, thing, world.tags.get(thing.subject.serverId ?? "") ?? []))
        .map((rule): Pair => ({
          ...{ rule, thing, key: subjectKey(thing.subject), watch: WELL_WATCH, slope: undefined },
          log: logOf(rule),
        })),
    );
    this.#places = new Map(
      world.things.flatMap((thing) => {
        const place = placeOf(thing);
        return place === undefined || thing.is === "certificate" ? [] : [[`${place.is} ${place.id}`, thing]];
      }),
    );
  }

  step(step: number): void {
    const { startAt, stepMs } = this.#world;
    const at = startAt + step * stepMs;
    this.#apply(this.#judge(step, at), at);
    this.#tell(at, step);
    for (let act = this.#acts[0]; act !== undefined && act.at <= at; act = this.#acts[0]) {
      this.#acts.shift();
      for (const id of this.#live.keys()) {
        const incident = this.#incidents.get(id)!;
        if (incident.state === "open" && act.means(incident))
          this.#incidents.set(id, advanceIncident(incident, act.event, at).incident);
      }
      this.#tell(at, step);
    }
    this.#forget(at);
  }

  result(): SimulationResult {
    return { incidents: [...this.#incidents.values()], notices: this.#notices };
  }

  #judge(step: number, at: Instant): readonly IncidentEffect[] {
    const effects: IncidentEffect[] = [];
    for (const pair of this.#pairs) {
      const { rule, thing, key, watch } = pair;
      const look = lookAt(thing, step);
      if (look === GONE) {
        if (isFiring(watch)) effects.push({ rule, key, member: undefined, why: "" });
        pair.watch = WELL_WATCH;
        continue;
      }
      if (this.#isHidden(thing, step, at)) continue;
      const judged = this.#badness(pair, look, step, at);
      const badness = judged === UNKNOWN ? badnessOfUnknown(rule) : judged;
      if (badness < 0 && watch === WELL_WATCH) continue;
      const clearForMs = heldClearForMs(rule.clearForMs, isFiring(watch) ? this.#reopenedOf(rule, key) : 0);
      pair.watch = stepWatch(watch, badness, { forMs: rule.forMs, clearForMs }, at);
      const effect = watchEffect(watch, pair.watch);
      if (effect === "cleared") effects.push({ rule, key, member: undefined, why: "" });
      else if (effect !== undefined && isFiring(pair.watch))
        effects.push({
          ...{ rule, key, why: "" },
          member: {
            ...{ key, subject: thing.subject, title: titleOf(pair, look, at) },
            severity: SEVERITIES[pair.watch.rank] ?? "warning",
            value: typeof look === "number" && Number.isFinite(look) ? look : null,
            ...{ since: at, clearedAt: null },
          },
        });
    }
    return effects;
  }

  /** Behind a server that is not there, or behind what is down, nothing is judged (AL13, AL34). */
  #isHidden(thing: SimulatedThing, step: number, at: Instant): boolean {
    const { is, subject } = thing;
    if (is === "server" || is === "hub") return false;
    if (subject.serverId !== null && this.#presenceOf(subject.serverId, step) !== "online") return true;
    const place = placeOf(thing);
    return place !== undefined && isHeldPlace(place, this.#dependencies(step), this.#held, at);
  }

  #presenceOf(serverId: string, step: number): string {
    const thing = this.#places.get(`server ${serverId}`);
    return thing === undefined ? "online" : String(lookAt(thing, step));
  }

  #dependencies(step: number): Dependencies {
    const lookOf = ({ is, id }: Place): Look | undefined => {
      const thing = this.#places.get(`${is} ${id}`);
      return thing === undefined ? undefined : lookAt(thing, step);
    };
    return {
      parentsOf: (place) => {
        if (place.is === "hub") return [];
        if (place.is === "server") return [...(this.#world.parents.get(place.id) ?? []), HUB_NETWORK];
        const about = this.#places.get(`probe ${place.id}`)?.subject.serverId ?? null;
        return about === null ? [HUB_NETWORK] : [{ is: "server", id: about }];
      },
      isDown: (place) => DOWN_LOOKS[place.is].includes(lookOf(place) ?? ""),
    };
  }

  #badness(pair: Pair, look: Look, step: number, at: Instant): Badness {
    const { rule, thing } = pair;
    const { condition } = rule;
    // Also of what cannot be read now: it is read on from where it was.
    if (condition.is === "log" && look !== NOT_READ) takeLines(pair, at);
    if (look === NOT_READ) return UNKNOWN;
    switch (condition.is) {
      case "metric": {
        const value = this.#measured(pair, condition, Number(look), step, at);
        const levels = levelsOn(rule, condition.levels, thing.subject.serverId ?? "") ?? [];
        return badnessOfNumber(value, levels, condition.comparison, condition.clearAt);
      }
      case "log": {
        const levels = levelsOn(rule, condition.levels, thing.subject.serverId ?? "") ?? [];
        return badnessOfCount(pair.log?.rate.within(condition.windowMs, at), levels);
      }
      case "offline": {
        const badness = badnessOfPresence(look as Presence["is"], condition.severity);
        const place = placeOf(thing);
        const isHeld = place !== undefined && isHeldPlace(place, this.#dependencies(step), this.#held, at);
        return badness >= 0 && isHeld ? UNKNOWN : badness;
      }
      case "service": {
        const isHealth = look === "healthy" || look === "degraded" || look === "unhealthy";
        const state = isHealth ? "running" : (look as RunState);
        return badnessOfService(state, isHealth ? look : "unknown", condition.severities).badness;
      }
      case "probe":
        return badnessOfProbe(look as Health, condition.severities);
      case "certificate":
        return badnessOfNumber(Number(look), condition.levels, "below", null);
      case "hub": {
        const severity = thing.subject.trouble === null ? undefined : condition.severities[thing.subject.trouble];
        return look === "bad" && severity !== undefined ? severityRank(severity) : WELL;
      }
    }
  }

  #measured(pair: Pair, condition: MetricCondition, value: number, step: number, at: Instant): number {
    const { measure, windowMs, horizonMs } = condition;
    const { stepMs } = this.#world;
    if (measure === "value") return value;
    const past = (back: number): number => (step < back ? Number.NaN : Number(lookAt(pair.thing, step - back)));
    if (measure === "rate") return rateOf(at, value, at - stepMs, past(1));
    if (at % SLOPE_EVERY_MS < stepMs) {
      const stepsAll = Math.floor(windowMs / stepMs);
      const stride = Math.max(1, Math.ceil(stepsAll / SLOPE_POINTS_MAX));
      const points = [];
      for (let back = Math.floor(stepsAll / stride) * stride; back >= 0; back -= stride)
        points.push({ atMs: at - back * stepMs, value: past(back) });
      pair.slope = slopeOf(points, windowMs);
    }
    return pair.slope === undefined ? Number.NaN : value + pair.slope * horizonMs;
  }

  #reopenedOf(rule: Rule, key: string): number {
    return this.#incidents.get(this.#byKey.get(inRule(rule.id, key)) ?? "")?.reopened ?? 0;
  }

  #apply(effects: readonly IncidentEffect[], at: Instant): void {
    if (effects.length === 0) return;
    const live: LiveIncidents = {
      incident: (id) => (this.#live.has(id) ? this.#incidents.get(id) : undefined),
      idWith: (ruleId, key) => this.#byKey.get(inRule(ruleId, key)),
      newestOf: (ruleId) => this.#newest.get(ruleId),
    };
    for (const [id, { before, incident }] of takeIn(effects, live, () => `incident-${++this.#count}`, at)) {
      this.#incidents.set(id, incident);
      for (const { key, clearedAt } of incident.members)
        if (clearedAt === null) this.#byKey.set(inRule(incident.ruleId, key), id);
      if (before !== undefined) continue;
      this.#live.set(id, new Map());
      this.#newest.set(incident.ruleId, id);
    }
  }

  #tell(at: Instant, step: number): void {
    const { hearers, silences, tags, rules } = this.#world;
    const silenceWorld = { tagsOf: (id: string) => tags.get(id) ?? [], maintenanceUntil: () => null };
    for (const [id, told] of this.#live) {
      const incident = this.#incidents.get(id)!;
      const named = rules.find((rule) => rule.id === incident.ruleId)?.notifierIds ?? null;
      for (const { notifierId, hearing, hours, isDefault } of hearers) {
        if (named === null ? !isDefault : !named.includes(notifierId)) continue;
        // First whether there is anything to be told: whether it is held back is the dearer question.
        const kind = decideTelling(incident, told.get(notifierId), hearing, false, at);
        if (kind === undefined || (hours !== null && !isWithin(hours, at))) continue;
        if (isHeldBack(incident, silences, silenceWorld, at)) continue;
        if (incidentBehind(incident, this.#dependencies(step)) !== undefined) continue;
        const key = `${id} ${this.#notices.length}`;
        this.#notices.push({ at, notifierId, notice: noticeOf(incident, { key, kind, at, url: undefined }) });
        told.set(notifierId, toldOf(incident, at));
      }
    }
  }

  #forget(at: Instant): void {
    for (const [id, told] of this.#live)
      if (isSettled(this.#incidents.get(id)!, told.values(), at)) this.#live.delete(id);
  }
}

const inRule = (ruleId: string, key: string): string => `${ruleId} ${key}`;

const DOWN_LOOKS: Readonly<Record<Place["is"], readonly Look[]>> = {
  server: ["stale", "offline"],
  probe: ["unhealthy"],
  hub: ["bad"],
};

/** The place that a thing is, or whose certificate it is. */
function placeOf({ is, subject: { serverId, probeId, trouble } }: SimulatedThing): Place | undefined {
  if (is === "hub") return trouble === HUB_NETWORK.id ? HUB_NETWORK : undefined;
  if (is === "server") return { is: "server", id: serverId ?? "" };
  return probeId === null ? undefined : { is: "probe", id: probeId };
}

const lookAt = ({ looks }: SimulatedThing, step: number): Look => looks[Math.min(step, looks.length - 1)] ?? NOT_READ;

/** Which conditions are about which things. */
function isAbout(rule: Rule, { is, subject, probeKind }: SimulatedThing, tags: readonly string[]): boolean {
  const { condition } = rule;
  const { serverId, metric, labels, service, file } = subject;
  if (!isFor(rule, serverId, tags)) return false;
  switch (condition.is) {
    case "metric":
      return is === "metric" && metric === condition.metric && fitsLabels(labels, condition.labels);
    case "offline":
      return is === "server";
    case "log":
      return is === "log" && (file !== undefined ? condition.files.includes(file) : isLogOf(condition, service));
    case "service": {
      const { drivers, names } = condition;
      return (
        is === "service" &&
        service !== null &&
        (drivers.length === 0 || drivers.includes(service.driver)) &&
        (names.length === 0 || names.some((pattern) => fitsPattern(service.name, pattern)))
      );
    }
    case "probe":
      return is === "probe" && (condition.kinds.length === 0 || condition.kinds.includes(probeKind));
    case "certificate":
      return is === "certificate";
    case "hub":
      return is === "hub";
  }
}

function logOf(rule: Rule): Pair["log"] {
  const { condition } = rule;
  if (condition.is !== "log") return undefined;
  const compiled = condition.isExpression ? compileExpression(condition.pattern) : undefined;
  // What is no expression was refused before anything is simulated.
  const matcher = compiled?.ok === true ? compiled.matcher : literalMatcher(condition.pattern);
  return { rate: new LineRate(countedLinesMax(condition, rule)), matcher, next: 0 };
}

/** Counts the lines that came up to an instant. */
function takeLines({ log, thing: { lines = [] } }: Pair, at: Instant): void {
  for (let line = log && lines[log.next]; log && line !== undefined && line.at <= at; line = lines[++log.next])
    if (log.matcher.matches(line.text)) log.rate.add(line.at);
}

const titleOf = ({ thing: { is, name }, rule: { condition }, log }: Pair, look: Look, at: Instant): string => {
  if (condition.is === "log")
    return logRateTitle(name, condition, look === NOT_READ ? undefined : log?.rate.within(condition.windowMs, at), "");
  if (is === "certificate") return `${name}: its certificate ends in ${Math.floor(Number(look))} days`;
  return is === "hub" ? `Muster: ${name}` : `${name} is ${look}`;
};
