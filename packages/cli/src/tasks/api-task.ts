import { isFields, isOfServices, isTimeZone, spanMs, TASK_DEFAULTS, zonedClock } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import type { CheckedTask } from "@muster/protocol";
import type { Found, TaskNames } from "./task-names.ts";

type Fields = Readonly<Record<string, unknown>>;

const SPANS = { timeout: "timeoutMs", missedWithin: "missedWithinMs", jitter: "jitterMs" } as const;
/** Short names that stand for a part of the API's task; the API's own names may be written as well. */
const SHORT = ["cron", "every", "from", "once", "action", "args", "on", "probes", "notify", "text", "backup"] as const;
const OTHERS = ["retries", "retryDelay", "tellFailure", "lateAfter", "enabled"] as const;
const CONDITIONS = ["tag", "driver", "kind", "name"] as const;

/** At which short name a path of the API is told; the first that fits wins. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^schedule\.expression/, "cron"],
  [/^schedule\.everyMs/, "every"],
  [/^schedule\.from/, "from"],
  [/^schedule\.at/, "once"],
  [/^schedule/, "cron"],
  [/^work\.args/, "args"],
  [/^work\.targets/, "on"],
  [/^work\.probeIds/, "probes"],
  [/^work\.notifierId/, "notify"],
  [/^work\.text/, "text"],
  [/^work\.keep/, "backup"],
  [/^work/, "action"],
  [/^timeoutMs/, "timeout"],
  [/^missedWithinMs/, "missedWithin"],
  [/^jitterMs/, "jitter"],
  [/^retries\.delayMs/, "retryDelay"],
  [/^tell\.lateAfterMs/, "lateAfter"],
  [/^isEnabled/, "enabled"],
];

/** Where a path of the API is told to whoever wrote a task: at the short name, unless the long one was used. */
export function placeOf(path: string, written: Fields): string {
  const [long = ""] = path.split(".");
  if (Object.hasOwn(written, long) && !SHORT.some((name) => Object.hasOwn(written, name))) return path;
  return PLACES.find(([pattern]) => pattern.test(path))?.[1] ?? path;
}

/**
 * A task as people write it, by options or in a file, made what the API takes; or all that is wrong with it, by the names
 * they used. `cron`, `every` (with `from`) or `once`; `action` with `args` and `on`, `probes`, `notify` with `text`, or `backup`;
 * spans as `timeout: 10m`. Things are called by their names. What else it says is left for the API's own check, and what it
 * does not say stays as in `before`.
 */
export async function apiTask(written: unknown, names: TaskNames, before?: TaskDefinition): Promise<CheckedTask> {
  if (!isFields(written)) return { ok: false, problems: { task: "must hold fields" } };
  const problems: Record<string, string> = {};
  const isShort = (name: string): boolean =>
    [...SHORT, ...OTHERS, ...Object.keys(SPANS)].some((one) => one === name) && name !== "retries";
  const given = Object.fromEntries(Object.entries(written).filter(([name]) => !isShort(name)));
  const zone = written["zone"] ?? before?.zone ?? TASK_DEFAULTS.zone;
  const schedule = scheduleFrom(written, typeof zone === "string" ? zone : "", problems);
  const work = workFrom(written, names, before, problems);
  const task: Record<string, unknown> = {
    ...before,
    ...given,
    ...(schedule !== undefined && { schedule }),
    ...(work !== undefined && { work }),
    ...(written["enabled"] !== undefined && { isEnabled: written["enabled"] }),
    ...retriesFrom(written, before, problems),
    ...tellFrom(written, before, problems),
  };
  for (const [short, long] of Object.entries(SPANS))
    if (written[short] !== undefined) task[long] = span(short, written[short], problems);
  if (task["schedule"] === undefined) problems["cron"] ??= "is needed, or every or once";
  if (task["work"] === undefined) problems["action"] ??= "is needed, or probes, notify or backup";
  // The schemas take a while to load, and most commands need none.
  const { checkTask } = await import("@muster/protocol");
  const checked = checkTask(task);
  if (!checked.ok) for (const [path, why] of Object.entries(checked.problems)) problems[placeOf(path, written)] ??= why;
  if (checked.ok && Object.keys(problems).length === 0) return checked;
  return { ok: false, problems };
}

function scheduleFrom(written: Fields, zone: string, problems: Record<string, string>): unknown {
  const { cron, every, from, once } = written;
  const said = ["cron", "every", "once"].filter((name) => written[name] !== undefined);
  const [first, second] = said;
  if (first !== undefined && second !== undefined) problems[second] = `goes without ${first}`;
  if (from !== undefined && every === undefined) problems["from"] = "goes with every";
  if (cron !== undefined) return { is: "cron", expression: cron };
  if (once !== undefined) return { is: "once", at: instantOf("once", once, zone, problems) };
  if (every === undefined) return undefined;
  const start = from === undefined ? {} : { from: instantOf("from", from, zone, problems) };
  return { is: "every", everyMs: span("every", every, problems), ...start };
}

/** An instant with its distance to UTC, milliseconds, or what clocks of the task's zone show. */
function instantOf(place: string, value: unknown, zone: string, problems: Record<string, string>): number {
  if (typeof value === "number") return value;
  const text = String(value).trim();
  if (/^\d{10,}$/.test(text)) return Number(text);
  const at = /(?:Z|[+-]\d\d:?\d\d)$/.test(text)
    ? Date.parse(text)
    : isTimeZone(zone)
      ? zonedClock(zone).instant(text)
      : 0;
  if (at !== undefined && !Number.isNaN(at)) return at;
  problems[place] = "must be like 2026-12-24T18:00, by the clock of the zone, or with Z or +01:00 after it";
  return 0;
}

function span(place: string, value: unknown, problems: Record<string, string>): number {
  const ms = spanMs(String(value));
  if (ms === undefined) problems[place] = "must be a span such as 30s, 15m, 6h or 1d12h";
  return ms ?? 0;
}

function workFrom(
  written: Fields,
  names: TaskNames,
  before: TaskDefinition | undefined,
  problems: Record<string, string>,
): unknown {
  const { action, args, on, probes, notify, text, backup } = written;
  const works = { action: action ?? args ?? on, probes, notify: notify ?? text, backup };
  const [first, second] = Object.entries(works)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (first === undefined) return undefined;
  if (second !== undefined) problems[second] = `goes without ${first}`;
  const known = before?.work;
  const idOf = (place: string, found: Found): string => {
    if ("id" in found) return found.id;
    problems[place] = found.problem;
    return "";
  };
  if (probes !== undefined)
    return {
      is: "probe",
      probeIds: listOf(probes).map((name, index) => idOf(`probes.${index}`, names.probe(name))),
    };
  if (backup !== undefined) return { is: "backup", ...(backup !== true && { keep: numberOf(backup) }) };
  if (first === "notify") {
    const told = known?.is === "webhook" ? known : undefined;
    return {
      is: "webhook",
      notifierId: notify === undefined ? told?.notifierId : idOf("notify", names.notifier(String(notify))),
      text: text ?? told?.text,
    };
  }
  const done = known?.is === "action" ? known : undefined;
  const name = action ?? done?.action;
  return {
    is: "action",
    action: name,
    args: args ?? (action === undefined ? done?.args : undefined) ?? {},
    targets: on === undefined ? (done?.targets ?? {}) : targetsFrom(on, String(name), names, problems),
  };
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).map(String);
/** What looks like a number and comes as text from the command line. */
const numberOf = (value: unknown): unknown => (/^\d{1,9}$/.test(String(value)) ? Number(value) : value);

/**
 * Whom an action is for: names of services or servers, and conditions such as `tag:prod`, in a list, or conditions as
 * fields (`{tag: prod, servers: [web-1]}`).
 */
function targetsFrom(on: unknown, action: string, names: TaskNames, problems: Record<string, string>): unknown {
  const targets: Record<string, unknown> = {};
  const add = (list: "services" | "servers", place: string, found: Found): void => {
    if ("id" in found) targets[list] = [...((targets[list] as string[] | undefined) ?? []), found.id];
    else problems[place] = found.problem;
  };
  if (isFields(on)) {
    for (const [name, value] of Object.entries(on))
      if (name === "servers" || name === "services")
        listOf(value).forEach((one, index) =>
          add(name, `on.${name}.${index}`, name === "servers" ? names.server(one) : names.service(one)),
        );
      else if (CONDITIONS.some((condition) => condition === name)) targets[name] = value;
      else problems[`on.${name}`] = `is none of services, servers, ${CONDITIONS.join(", ")}`;
    return targets;
  }
  listOf(on).forEach((text, index) => {
    const place = Array.isArray(on) && on.length > 1 ? `on.${index}` : "on";
    const [, field, value = ""] = /^(tag|driver|kind|name|server):(.+)$/s.exec(text) ?? [];
    if (field === "server") add("servers", place, names.server(value));
    else if (field !== undefined && targets[field] !== undefined) problems[place] = `says ${field} a second time`;
    else if (field !== undefined) targets[field] = value;
    else if (isOfServices(action)) add("services", place, names.service(text));
    else add("servers", place, names.server(text));
  });
  return targets;
}

function retriesFrom(written: Fields, before: TaskDefinition | undefined, problems: Record<string, string>): Fields {
  const { retries, retryDelay } = written;
  if (isFields(retries)) return {};
  if (retries === undefined && retryDelay === undefined) return {};
  const known = before?.retries ?? TASK_DEFAULTS.retries;
  return {
    retries: {
      most: retries === undefined ? known.most : numberOf(retries),
      delayMs: retryDelay === undefined ? known.delayMs : span("retryDelay", retryDelay, problems),
    },
  };
}

function tellFrom(written: Fields, before: TaskDefinition | undefined, problems: Record<string, string>): Fields {
  const { tellFailure, lateAfter } = written;
  if (tellFailure === undefined && lateAfter === undefined) return {};
  const known = before?.tell ?? TASK_DEFAULTS.tell;
  const late = lateAfter === null || lateAfter === "none" ? null : lateAfter;
  return {
    tell: {
      failure: tellFailure ?? known.failure,
      lateAfterMs:
        lateAfter === undefined ? known.lateAfterMs : late === null ? null : span("lateAfter", late, problems),
    },
  };
}
