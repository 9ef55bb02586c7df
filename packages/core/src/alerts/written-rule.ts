import { isFields } from "../services/definitions/tree-reader.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import type { RuleDefinition } from "./rule.ts";
import { compactSpan, spanMs } from "./span.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The id under which something that a file calls by its name is known; undefined where there is none. */
export interface RuleNames {
  serverId(name: string): string | undefined;
  notifierId(name: string): string | undefined;
}

export type ApiRule =
  | { readonly ok: true; readonly rule: Fields }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** What a file calls the fields of the API that are spans. */
const SPANS = { for: "forMs", clearFor: "clearForMs" } as const;
const CONDITION_SPANS = { window: "windowMs", horizon: "horizonMs" } as const;

/**
 * A rule as people write it in a file, as the API takes it. A file may say spans as `for: 15m`, `clearFor`, `window` and
 * `horizon`, whom it is for as `servers` and `tags`, who is told as `notifiers`, all by name or id, and may begin with a
 * rule of the program by `default: cpu`. Whatever else it says is left for the API's own check.
 */
export function apiRule(written: unknown, names: RuleNames): ApiRule {
  if (!isFields(written)) return { ok: false, problems: { rule: "must hold fields" } };
  const problems: Record<string, string> = {};
  const { default: origin, servers, tags, notifiers, ...given } = written;
  const base = origin === undefined ? {} : defaultRule(origin);
  if (base === undefined) problems["default"] = `must be one of ${Object.keys(DEFAULT_RULES).join(", ")}`;
  const rule: Record<string, unknown> = { ...base, ...withSpans(given, SPANS, "", problems) };
  type Find = (name: string) => string | undefined;
  const idOf = (field: string, name: unknown, find: Find): string | undefined => {
    const id = typeof name === "string" ? find(name) : undefined;
    if (id === undefined) problems[field] = `there is none called ${String(name)}`;
    return id;
  };
  const idsOf = (field: string, value: unknown, find: Find): readonly unknown[] => {
    if (!Array.isArray(value)) return ((problems[field] = "must be a list of names"), []);
    return value.map((one: unknown, index) => idOf(`${field}.${index}`, one, find));
  };
  if (isFields(given["condition"]))
    rule["condition"] = withSpans(given["condition"], CONDITION_SPANS, "condition.", problems);
  if (servers !== undefined || tags !== undefined)
    rule["scope"] = {
      is: "some",
      serverIds: servers === undefined ? [] : idsOf("servers", servers, (name) => names.serverId(name)),
      tags: tags ?? [],
    };
  if (notifiers !== undefined) rule["notifierIds"] = idsOf("notifiers", notifiers, (name) => names.notifierId(name));
  if (Array.isArray(given["overrides"]))
    rule["overrides"] = given["overrides"].map((one: unknown, index) => {
      if (!isFields(one) || !("server" in one)) return one;
      const { server, ...rest } = one;
      return { serverId: idOf(`overrides.${index}.server`, server, (name) => names.serverId(name)), ...rest };
    });
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, rule };
}

const defaultRule = (origin: unknown): RuleDefinition | undefined =>
  typeof origin === "string" && Object.hasOwn(DEFAULT_RULES, origin) ? DEFAULT_RULES[origin] : undefined;

/** Spans by their short names in place of milliseconds. */
function withSpans(
  fields: Fields,
  spans: Readonly<Record<string, string>>,
  place: string,
  problems: Record<string, string>,
): Fields {
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(spans, name)));
  for (const [name, apiName] of Object.entries(spans)) {
    const value = fields[name];
    if (value === undefined) continue;
    // A YAML file gives `0` as a number.
    const ms = spanMs(String(value));
    if (ms === undefined) problems[`${place}${name}`] = "must be a span such as 30s, 15m, 6h or 1d12h";
    else rest[apiName] = ms;
  }
  return rest;
}

/** How a file calls what has an id; the id itself where nothing has it any more. */
export interface RuleIds {
  serverName(id: string): string;
  notifierName(id: string): string;
}

/** The opposite of `apiRule`: without what a rule has anyway, with spans and names for people. */
export function writtenRule(rule: RuleDefinition, ids: RuleIds): Fields {
  const { name, isEnabled, condition, scope, overrides, forMs, clearForMs, noData, notifierIds } = rule;
  return {
    name,
    ...(!isEnabled && { isEnabled }),
    condition: writtenCondition(condition),
    ...(scope.is === "some" && {
      ...(scope.serverIds.length > 0 && { servers: scope.serverIds.map((id) => ids.serverName(id)) }),
      tags: [...scope.tags],
    }),
    ...(overrides.length > 0 && {
      overrides: overrides.map(({ serverId, levels }) => ({ server: ids.serverName(serverId), levels })),
    }),
    for: compactSpan(forMs),
    clearFor: compactSpan(clearForMs),
    ...(noData !== "keep" && { noData }),
    ...(notifierIds !== null && { notifiers: notifierIds.map((id) => ids.notifierName(id)) }),
  };
}

function writtenCondition(condition: RuleDefinition["condition"]): Fields {
  if (condition.is === "service") {
    const { is, drivers, names, severities } = condition;
    return { is, ...(drivers.length > 0 && { drivers }), ...(names.length > 0 && { names }), severities };
  }
  if (condition.is === "probe") {
    const { is, kinds, severities } = condition;
    return { is, ...(kinds.length > 0 && { kinds }), severities };
  }
  if (condition.is === "log") {
    const { is, drivers, names, files, pattern, isExpression, windowMs, levels } = condition;
    return {
      is,
      ...(drivers.length > 0 && { drivers }),
      ...(names.length > 0 && { names }),
      ...(files.length > 0 && { files }),
      pattern,
      ...(isExpression && { isExpression }),
      ...{ window: compactSpan(windowMs), levels },
    };
  }
  if (condition.is !== "metric") return { ...condition };
  const { is, metric, labels, measure, windowMs, horizonMs, comparison, levels, clearAt } = condition;
  return {
    ...{ is, metric },
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(measure !== "value" && { measure }),
    ...(measure === "forecast" && { window: compactSpan(windowMs), horizon: compactSpan(horizonMs) }),
    ...{ comparison, levels },
    ...(clearAt !== null && { clearAt }),
  };
}
