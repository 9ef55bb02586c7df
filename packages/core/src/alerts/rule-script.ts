import { isProbeKindName } from "../probes/kinds.ts";
import type { ProbeKindName } from "../probes/kinds.ts";
import { isMetricName, isLabelName } from "../samples.ts";
import type { Labels } from "../samples.ts";
import { isFields } from "../services/definitions/tree-reader.ts";
import type { Fields } from "../services/definitions/tree-reader.ts";
import { HEALTHS, isDriverName, RUN_STATES } from "../services/service.ts";
import { isWhole } from "../shapes.ts";
import type { Instant } from "../time.ts";
import { MINUTE_MS } from "../time.ts";
import { isTimeZone } from "./hours.ts";
import type { Hours } from "./hours.ts";
import { incidentTitle } from "./incident.ts";
import { parseLooks } from "./looks.ts";
import { HUB_TROUBLES } from "./rule.ts";
import type { HubTrouble, Rule, RuleDefinition } from "./rule.ts";
import { SEVERITIES } from "./severity.ts";
import type { Severity } from "./severity.ts";
import type { Silence } from "./silence.ts";
import { GONE, NOT_READ, READ, THING_KINDS } from "./simulate-rules.ts";
import type { Look, SimulatedAct, SimulatedHearer, SimulatedThing, SimulatedWorld } from "./simulate-rules.ts";
import { spanMs } from "./span.ts";
import { NO_SUBJECT } from "./subject.ts";
import { metricText } from "./value-text.ts";
import { apiRule } from "./written-rule.ts";

/** A world with rules, and what is expected to be told of it; `docs/alerts.md` shows how it is written. */
export interface RuleScript {
  readonly name: string;
  readonly world: SimulatedWorld;
  /** How notifiers are called, by their id. */
  readonly notifierNames: ReadonlyMap<string, string>;
  /** Lines as `run-rule-script.ts` writes them; undefined: nothing is expected. */
  readonly expected: { readonly notices?: readonly string[]; readonly incidents?: readonly string[] };
}

export type ParsedRuleScript =
  | { readonly ok: true; readonly script: RuleScript }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** The check of a rule by the API's own schema, which only whoever knows that schema can give. */
export type CheckRule = (
  rule: Fields,
) =>
  | { readonly ok: true; readonly rule: RuleDefinition }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** A Monday. */
const START_AT = Date.UTC(2024, 0, 1);
const STEPS_MAX = 1_000_000;
/** Of one log. */
const LINES_MAX = 100_000;
const FIELDS = "name rules start step length tags behind series logs do silences notifiers expect".split(" ");

/** Reads a script as it stands in a file. Says every problem at its place. */
export function parseRuleScript(tree: unknown, checkRule: CheckRule): ParsedRuleScript {
  const reader = new ScriptReader(checkRule);
  const script = isFields(tree) ? reader.read(tree) : reader.fail("script", "must hold fields");
  const { problems } = reader;
  return script === undefined || Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, script };
}

const WORDS: Readonly<Record<SimulatedThing["is"], readonly string[]>> = {
  metric: [],
  server: ["online", "stale", "offline", "pending"],
  service: [...RUN_STATES, ...HEALTHS],
  log: [],
  probe: HEALTHS,
  certificate: [],
  hub: ["ok", "bad"],
};

class ScriptReader {
  readonly problems: Record<string, string> = {};
  readonly #checkRule: CheckRule;
  /** Numbers that look like ids, so that the API's own check takes them. */
  readonly #ids = new Map<string, string>();
  #startAt = START_AT;
  #stepMs = MINUTE_MS;

  constructor(checkRule: CheckRule) {
    this.#checkRule = checkRule;
  }

  fail(place: string, why: string): undefined {
    this.problems[place] ??= why;
    return undefined;
  }

  read(tree: Fields): RuleScript | undefined {
    this.#noOthers("", tree, FIELDS);
    this.#startAt = this.#start(tree["start"]);
    this.#stepMs = this.#span("step", tree["step"], MINUTE_MS);
    if (this.#stepMs <= 0) return this.fail("step", "must be longer than nothing");
    const hearers = this.#hearers(tree["notifiers"]);
    const rules = this.#rules(tree["rules"], hearers);
    const things = [
      ...Object.entries(this.#fields("series", tree["series"])).flatMap(
        ([key, looks]) => this.#thing(key, looks) ?? [],
      ),
      ...Object.entries(this.#fields("logs", tree["logs"])).flatMap(([key, said]) => this.#log(key, said) ?? []),
    ];
    const lengthMs = this.#span("length", tree["length"], -1);
    const steps =
      lengthMs >= 0
        ? Math.ceil(lengthMs / this.#stepMs)
        : things.reduce((most, { looks, lines }) => Math.max(most, looks.length, this.#stepOf(lines?.at(-1)?.at)), 0);
    if (steps > STEPS_MAX) return this.fail("length", `is more than ${STEPS_MAX} steps`);
    const expect = this.#fields("expect", tree["expect"]);
    this.#noOthers("expect.", expect, ["notices", "incidents"]);
    const lines = (name: string) => {
      const given = expect[name];
      return given === undefined ? {} : { [name]: this.#texts(`expect.${name}`, given) };
    };
    return {
      name: String(tree["name"] ?? ""),
      world: {
        ...{ startAt: this.#startAt, stepMs: this.#stepMs, steps, rules, things, hearers },
        tags: new Map(
          Object.entries(this.#fields("tags", tree["tags"])).map(([server, tags]) => [
            this.#id(server),
            this.#texts(`tags.${server}`, tags),
          ]),
        ),
        parents: new Map(
          Object.entries(this.#fields("behind", tree["behind"])).map(([server, parents]) => [
            this.#id(server),
            (Array.isArray(parents) ? this.#texts(`behind.${server}`, parents) : [String(parents)]).map((parent) =>
              // As its series is called.
              ({ is: parent.startsWith("probe ") ? ("probe" as const) : ("server" as const), id: this.#id(parent) }),
            ),
          ]),
        ),
        acts: this.#list("do", tree["do"]).flatMap((act, index) => this.#act(`do.${index}`, act) ?? []),
        silences: this.#list("silences", tree["silences"]).flatMap(
          (silence, index) => this.#silence(`silences.${index}`, silence, rules) ?? [],
        ),
      },
      notifierNames: new Map([...this.#ids].map(([name, id]) => [id, name])),
      expected: { ...lines("notices"), ...lines("incidents") },
    };
  }

  #id(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = `00000000-0000-7000-8000-${String(this.#ids.size + 1).padStart(12, "0")}`;
    this.#ids.set(name, id);
    return id;
  }

  #fields(place: string, given: unknown): Fields {
    if (given === undefined || given === null) return {};
    return isFields(given) ? given : (this.fail(place, "must hold fields") ?? {});
  }

  #list(place: string, given: unknown): readonly unknown[] {
    if (given === undefined || given === null) return [];
    return Array.isArray(given) ? given : (this.fail(place, "must be a list") ?? []);
  }

  #texts(place: string, given: unknown): readonly string[] {
    return this.#list(place, given).map((one, index) =>
      typeof one === "string" ? one : (this.fail(`${place}.${index}`, "must be text") ?? ""),
    );
  }

  #noOthers(place: string, fields: Fields, known: readonly string[]): void {
    for (const name of Object.keys(fields))
      if (!known.includes(name)) this.fail(`${place}${name}`, `is unknown; there are ${known.join(", ")}`);
  }

  #span(place: string, given: unknown, absent: number): number {
    if (given === undefined) return absent;
    return spanMs(String(given)) ?? this.fail(place, "must be a span such as 30s, 15m, 6h or 1d12h") ?? absent;
  }

  /** An instant by the span from the start. */
  #at(place: string, given: unknown): Instant {
    if (given === undefined) this.fail(place, "is needed");
    return this.#startAt + this.#span(place, given, 0);
  }

  #start(given: unknown): Instant {
    if (given === undefined) return START_AT;
    const at = typeof given === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(given) ? Date.parse(given) : Number.NaN;
    return Number.isFinite(at) ? at : (this.fail("start", "must be an instant such as 2024-01-01T00:00Z") ?? START_AT);
  }

  #severity(place: string, given: unknown, absent: Severity): Severity {
    if (given === undefined) return absent;
    return (
      SEVERITIES.find((one) => one === given) ?? this.fail(place, `must be one of ${SEVERITIES.join(", ")}`) ?? absent
    );
  }

  #rules(given: unknown, hearers: readonly SimulatedHearer[]): readonly Rule[] {
    const written = this.#list("rules", given);
    if (written.length === 0) this.fail("rules", "must name at least one rule");
    return written.flatMap((one, index) => {
      const place = `rules.${index}.`;
      const named = (problems: Readonly<Record<string, string>>): readonly Rule[] => {
        for (const [field, why] of Object.entries(problems)) this.fail(`${place}${field}`, why);
        return [];
      };
      const read = apiRule(typeof one === "string" ? { default: one } : one, {
        serverId: (name) => this.#id(name),
        notifierId: (name) => hearers.find(({ notifierId }) => notifierId === this.#ids.get(name))?.notifierId,
      });
      if (!read.ok) return named(read.problems);
      const checked = this.#checkRule(read.rule);
      return checked.ok ? [{ ...checked.rule, id: `rule-${index}` }] : named(checked.problems);
    });
  }

  /** `METRIC{label=value}@SERVER`, or what it is, a space and its name. */
  #thing(key: string, given: unknown): SimulatedThing | undefined {
    const place = `series.${key}`;
    const named = this.#named(key, place);
    if (named === undefined) return undefined;
    const words = [...WORDS[named.is], NOT_READ, GONE];
    const takesNumbers = named.is === "metric" || named.is === "certificate";
    const parsed = parseLooks(String(given), this.#stepMs, (word) => words.includes(word));
    if (!parsed.ok) return this.fail(place, parsed.problem);
    if (!takesNumbers && parsed.looks.some((look) => typeof look === "number"))
      return this.fail(place, `has a number; its looks are ${words.join(", ")}`);
    return { ...named, looks: parsed.looks };
  }

  /** So many steps it takes until an instant is past. */
  #stepOf(at: Instant = this.#startAt): number {
    return Math.ceil((at - this.#startAt) / this.#stepMs) + 1;
  }

  /** `NAME@SERVER`, with a driver before it where it is not systemd, or `/path@SERVER`: lines, and when none can be read. */
  #log(key: string, given: unknown): SimulatedThing | undefined {
    const place = `logs.${key}`;
    const [what, server] = split(key);
    if (server === undefined) return this.fail(place, "must be `NAME@SERVER` or `/path@SERVER`");
    const serverId = this.#id(server);
    const lines: { at: Instant; text: string }[] = [];
    const looks: Look[] = [READ];
    this.#list(place, given).forEach((one, index) => {
      const at = `${place}.${index}`;
      const fields = this.#fields(at, one);
      this.#noOthers(`${at}.`, fields, ["at", "text", "times", "every", "unreadable"]);
      const from = this.#at(`${at}.at`, fields["at"]);
      const { text, times = 1, unreadable } = fields;
      if (unreadable !== undefined) {
        const until = this.#stepOf(from + this.#span(`${at}.unreadable`, unreadable, 0)) - 1;
        if (until > STEPS_MAX) return this.fail(`${at}.unreadable`, `ends after ${STEPS_MAX} steps`);
        for (let step = looks.length; step <= until; step++) looks[step] = READ;
        looks.fill(NOT_READ, this.#stepOf(from) - 1, until);
      } else if (typeof text !== "string" || text === "") this.fail(`${at}.text`, "must be what a line says");
      else if (!isWhole(times, LINES_MAX)) this.fail(`${at}.times`, `must be a whole number, ${LINES_MAX} at most`);
      else {
        const everyMs = this.#span(`${at}.every`, fields["every"], 0);
        for (let count = 0; count < times; count++) lines.push({ at: from + count * everyMs, text });
      }
    });
    if (lines.length > LINES_MAX) return this.fail(place, `holds more than ${LINES_MAX} lines`);
    const [prefix = "", ...others] = what.split(":");
    const [driver, name] = isDriverName(prefix) ? [prefix, others.join(":")] : (["systemd", what] as const);
    const about = what.startsWith("/") ? { file: what } : { service: { driver, name } };
    return {
      ...{ is: "log", probeKind: "http", name: `${server}: ${what}`, subject: { ...NO_SUBJECT, serverId, ...about } },
      ...{ looks, lines: lines.toSorted((one, other) => one.at - other.at) },
    };
  }

  #named(key: string, place: string): Omit<SimulatedThing, "looks"> | undefined {
    const [kind = "", ...rest] = key.split(" ");
    const name = rest.join(" ").trim();
    const is = THING_KINDS.find((one) => one === kind);
    const base = { name, probeKind: "http" as ProbeKindName };
    const [what, server] = split(name);
    const serverId = server === undefined ? null : this.#id(server);
    switch (is) {
      case undefined:
      case "metric":
        return this.#metric(key, place);
      case "log":
        return this.fail(place, "stands under `logs`");
      case "server":
        return { ...base, is, subject: { ...NO_SUBJECT, serverId: this.#id(name) } };
      case "service": {
        if (server === undefined) return this.fail(place, "must be `service NAME@SERVER`");
        const [prefix = "", ...others] = what.split(":");
        const [driver, service] = isDriverName(prefix) ? [prefix, others.join(":")] : (["systemd", what] as const);
        const subject = { ...NO_SUBJECT, serverId, service: { driver, name: service } };
        return { ...base, is, subject, name: `${server}: ${service}` };
      }
      case "probe":
      case "certificate": {
        const [prefix = "", ...others] = what.split(":");
        const [probeKind, probe] = isProbeKindName(prefix) ? [prefix, others.join(":")] : (["http", what] as const);
        return {
          is,
          name: probe,
          probeKind,
          subject: { ...NO_SUBJECT, serverId, probeId: this.#id(`probe ${probe}`) },
        };
      }
      case "hub": {
        const trouble = HUB_TROUBLES.find((one): one is HubTrouble => one === what);
        if (trouble === undefined) return this.fail(place, `must be one of ${HUB_TROUBLES.join(", ")}`);
        return { ...base, is, subject: { ...NO_SUBJECT, serverId, trouble } };
      }
    }
  }

  #metric(key: string, place: string): Omit<SimulatedThing, "looks"> | undefined {
    const [, metric = "", , labelText = "", server] = /^([^{@\s]+)(\{(.*)\})?@(\S+)$/s.exec(key) ?? [];
    if (server === undefined || !isMetricName(metric))
      return this.fail(
        place,
        "must be `METRIC{label=value}@SERVER`, or server, service, probe, certificate or hub with a name",
      );
    const labels: Record<string, string> = {};
    for (const part of labelText.split(",").filter((one) => one.trim() !== "")) {
      const at = part.indexOf("=");
      const label = part.slice(0, at).trim();
      if (at < 1 || !isLabelName(label)) return this.fail(place, `has ${part}, which is not label=value`);
      labels[label] = part
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1");
    }
    const subject = { ...NO_SUBJECT, serverId: this.#id(server), metric, labels: labels as Labels };
    return { is: "metric", probeKind: "http", name: `${server}: ${metricText(metric, labels)}`, subject };
  }

  #hearers(given: unknown): readonly SimulatedHearer[] {
    const hearers = Object.entries(this.#fields("notifiers", given)).map(([name, one]): SimulatedHearer => {
      const place = `notifiers.${name}`;
      const fields = this.#fields(place, one);
      this.#noOthers(`${place}.`, fields, ["severity", "delay", "repeat", "hours", "edits", "onlyNamed"]);
      return {
        notifierId: this.#id(name),
        hearing: {
          severityLeast: this.#severity(`${place}.severity`, fields["severity"], "warning"),
          delayMs: this.#span(`${place}.delay`, fields["delay"], 0),
          repeatMs: this.#span(`${place}.repeat`, fields["repeat"], 0),
          wantsAcknowledged: this.#flag(`${place}.edits`, fields["edits"]),
        },
        hours: this.#hours(`${place}.hours`, fields["hours"]),
        isDefault: !this.#flag(`${place}.onlyNamed`, fields["onlyNamed"]),
      };
    });
    if (hearers.length > 0) return hearers;
    const hearing = { severityLeast: "info", delayMs: 0, repeatMs: 0, wantsAcknowledged: false } as const;
    return [{ notifierId: this.#id("all"), hearing, hours: null, isDefault: true }];
  }

  #hours(place: string, given: unknown): Hours | null {
    if (given === undefined || given === null) return null;
    const fields = this.#fields(place, given);
    this.#noOthers(`${place}.`, fields, ["zone", "spans"]);
    const { zone = "UTC", spans } = fields;
    if (typeof zone !== "string" || !isTimeZone(zone)) return this.fail(`${place}.zone`, "is no time zone") ?? null;
    const listed = this.#list(`${place}.spans`, spans);
    if (listed.length === 0) this.fail(`${place}.spans`, "must hold at least one");
    return {
      zone,
      spans: listed.flatMap((one, index) => {
        const { days, from, until } = this.#fields(`${place}.spans.${index}`, one);
        if (Array.isArray(days) && days.length > 0 && days.every(isWeekday) && isClockTime(from) && isClockTime(until))
          return { days, from, until };
        return this.fail(`${place}.spans.${index}`, 'must hold days (1 is Monday), from and until as "HH:MM"') ?? [];
      }),
    };
  }

  #flag(place: string, given: unknown): boolean {
    if (given === undefined || typeof given === "boolean") return given ?? false;
    return this.fail(place, "must be true or false") ?? false;
  }

  #act(place: string, given: unknown): SimulatedAct | undefined {
    const fields = this.#fields(place, given);
    this.#noOthers(`${place}.`, fields, ["at", "do", "by", "on", "for", "text"]);
    const at = this.#at(`${place}.at`, fields["at"]);
    const { by = "somebody", on, text = "" } = fields;
    const who = { by: String(by) };
    const events: Readonly<Record<string, () => SimulatedAct["event"]>> = {
      ack: () => ({ is: "acknowledged", ...who }),
      "take-back": () => ({ is: "unacknowledged", ...who }),
      snooze: () => ({ is: "snoozed", ...who, until: at + this.#span(`${place}.for`, fields["for"], 0) }),
      wake: () => ({ is: "snoozed", ...who, until: null }),
      note: () => ({ is: "noted", ...who, text: String(text) }),
    };
    const what = String(fields["do"]);
    const event = Object.hasOwn(events, what) ? events[what] : undefined;
    if (event === undefined) return this.fail(`${place}.do`, `must be one of ${Object.keys(events).join(", ")}`);
    if (what === "snooze" && fields["for"] === undefined) return this.fail(`${place}.for`, "is needed");
    const words = on === undefined ? "" : String(on);
    return { at, event: event(), means: (incident) => incidentTitle(incident).includes(words) };
  }

  #silence(place: string, given: unknown, rules: readonly Rule[]): Silence | undefined {
    const fields = this.#fields(place, given);
    const known = ["from", "until", "servers", "tags", "rules", "probes", "services", "severityMost"];
    this.#noOthers(`${place}.`, fields, known);
    const texts = (name: string) => this.#texts(`${place}.${name}`, fields[name]);
    const most = fields["severityMost"];
    return {
      ...{ id: place, reason: "", author: "" },
      from: this.#at(`${place}.from`, fields["from"]),
      until: this.#at(`${place}.until`, fields["until"]),
      matcher: {
        serverIds: texts("servers").map((name) => this.#id(name)),
        tags: texts("tags"),
        ruleIds: texts("rules").map(
          (name, index) =>
            rules.find((rule) => rule.name === name)?.id ??
            this.fail(`${place}.rules.${index}`, `there is no rule called ${name}`) ??
            "",
        ),
        probeIds: texts("probes").map((name) => this.#id(`probe ${name}`)),
        services: texts("services"),
        severityMost: most === undefined ? null : this.#severity(`${place}.severityMost`, most, "info"),
      },
    };
  }
}

const isWeekday = (day: unknown): day is number => Number.isInteger(day) && Number(day) >= 1 && Number(day) <= 7;
const isClockTime = (text: unknown): text is string =>
  typeof text === "string" && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text);

/** `NAME@SERVER`. */
function split(text: string): readonly [name: string, server: string | undefined] {
  const at = text.lastIndexOf("@");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
