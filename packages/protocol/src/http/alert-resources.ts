import {
  DRIVER_NAMES,
  HUB_TROUBLES,
  LOG_RULE_LIMITS,
  MEASURES,
  NO_DATA_POLICIES,
  NOTICE_KINDS,
  NOTIFIER_KIND_NAMES,
  PROBE_TROUBLES,
  SERVICE_TROUBLES,
  SEVERITIES,
  TIMELINE_KINDS,
} from "@muster/core";
import type { NotifierKindName } from "@muster/core";
import { z } from "zod";
import { probeKind, probeSecret, probeSettings } from "./probe-resources.ts";
import { id, instant, tag } from "./resources.ts";

/** What the API says of rules, incidents, silences and notifiers. */

export const severity = z.enum(SEVERITIES);
/** One line that people give something. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u, "must hold no control characters");
const pattern = z.string().min(1).max(256);
const milliseconds = (most: number) => z.int().min(0).max(most);
const DAY_MS = 86_400_000;

const levels = z.array(z.strictObject({ severity, threshold: z.number() })).max(SEVERITIES.length);
const severities = <const T extends readonly [string, ...string[]]>(troubles: T) =>
  z.strictObject(
    Object.fromEntries(troubles.map((trouble) => [trouble, severity.optional()])) as Record<
      T[number],
      z.ZodOptional<typeof severity>
    >,
  );

export const condition = z.discriminatedUnion("is", [
  z.strictObject({
    is: z.literal("metric"),
    metric: z.string().max(128),
    labels: z
      .record(z.string().max(64), z.string().max(256))
      .describe("what labels must be; * stands for any text")
      .default({}),
    measure: z.enum(MEASURES).default("value"),
    windowMs: milliseconds(30 * DAY_MS).default(0),
    horizonMs: milliseconds(365 * DAY_MS).default(0),
    comparison: z.enum(["above", "below"]).default("above"),
    levels,
    clearAt: z.number().nullable().default(null),
  }),
  z.strictObject({
    is: z.literal("log"),
    drivers: z.array(z.enum(DRIVER_NAMES)).max(DRIVER_NAMES.length).default([]),
    names: z.array(pattern).max(100).default([]).describe("services whose logs are meant; * stands for any text"),
    files: z.array(z.string().min(1).max(1_024)).max(LOG_RULE_LIMITS.filesMax).default([]),
    pattern: z.string().max(LOG_RULE_LIMITS.patternCharactersMax),
    isExpression: z.boolean().default(false).describe("an expression as the search in logs takes it"),
    windowMs: milliseconds(LOG_RULE_LIMITS.windowMsMax),
    levels: levels.describe("from how many lines within the window on"),
  }),
  z.strictObject({ is: z.literal("offline"), severity }),
  z.strictObject({
    is: z.literal("service"),
    drivers: z.array(z.enum(DRIVER_NAMES)).max(DRIVER_NAMES.length).default([]),
    names: z.array(pattern).max(100).default([]),
    severities: severities(SERVICE_TROUBLES),
  }),
  z.strictObject({
    is: z.literal("probe"),
    kinds: z.array(probeKind).max(100).default([]),
    severities: severities(PROBE_TROUBLES),
  }),
  z.strictObject({ is: z.literal("certificate"), levels }),
  z.strictObject({ is: z.literal("hub"), severities: severities(HUB_TROUBLES) }),
]);

export const scope = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("all") }),
  z.strictObject({
    is: z.literal("some"),
    serverIds: z.array(id).max(1_000).default([]),
    tags: z.array(tag).max(100).default([]),
  }),
]);

export const ruleDefinition = z.strictObject({
  name,
  isEnabled: z.boolean().default(true),
  condition,
  scope: scope.default({ is: "all" }),
  overrides: z
    .array(z.strictObject({ serverId: id, levels: levels.nullable() }))
    .max(1_000)
    .default([])
    .describe("other levels on one server; null: none at all"),
  forMs: milliseconds(7 * DAY_MS).default(0),
  clearForMs: milliseconds(7 * DAY_MS).default(300_000),
  noData: z.enum(NO_DATA_POLICIES).default("keep"),
  notifierIds: z.array(id).max(50).nullable().default(null).describe("null: all that are told by default"),
});

export const rule = z.object({
  id,
  ...ruleDefinition.shape,
  /** By which name it came with the program, or `file:` and in which file it stands; null: somebody made it. */
  origin: z.string().nullable(),
  createdAt: instant,
  /** Open incidents of it. */
  openCount: z.int(),
  /** Logs that it cannot look through now, and why. */
  logTroubles: z.array(z.string()),
});
export type RuleView = z.infer<typeof rule>;

/** A server or a probe behind which others may stand, or the hub's own network. */
export const place = z.object({ is: z.enum(["server", "probe", "hub"]), id: z.string(), name: z.string() });
export type PlaceView = z.infer<typeof place>;

export const serverParents = z.object({
  /** What somebody said that it stands behind. */
  parents: z.array(place),
  /** The server by way of which it is reached, which counts too. */
  way: place.nullable(),
  /** What is down now and holds back what is wrong with this server. */
  heldBehind: place.nullable(),
});
export type ServerParentsView = z.infer<typeof serverParents>;

export const incident = z.object({
  id,
  ruleId: id,
  rule: z.string(),
  state: z.enum(["open", "resolved"]),
  severity,
  title: z.string(),
  openedAt: instant,
  resolvedAt: instant.nullable(),
  reopened: z.int(),
  acknowledged: z.object({ by: z.string(), at: instant }).nullable(),
  snoozedUntil: instant.nullable(),
  /** A silence or a maintenance holds its notices back. */
  isHeld: z.boolean(),
  /** All that is wrong in it stands behind this, which is down: its notices are held back. */
  heldBehind: place.nullable(),
  wrongCount: z.int(),
  memberCount: z.int(),
  /** Servers that it is about; bounded. */
  servers: z.array(z.object({ id, name: z.string() })),
  /** Services and probes that it is about, so that their pages find it; bounded too. */
  serviceIds: z.array(id),
  probeIds: z.array(id),
});
export type IncidentView = z.infer<typeof incident>;

export const incidentMember = z.object({
  title: z.string(),
  severity,
  since: instant,
  clearedAt: instant.nullable(),
  value: z.number().nullable(),
  serverId: id.nullable(),
  service: z.object({ driver: z.enum(DRIVER_NAMES), name: z.string() }).nullable(),
  serviceId: id.nullable(),
  probeId: id.nullable(),
  metric: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
});
export type IncidentMemberView = z.infer<typeof incidentMember>;

export const timelineEntry = z.object({
  at: instant,
  kind: z.enum(TIMELINE_KINDS),
  by: z.string(),
  detail: z.string(),
});
export type TimelineEntryView = z.infer<typeof timelineEntry>;

export const DELIVERY_STATES = ["waiting", "sent", "failed"] as const;
export const delivery = z.object({
  id,
  incidentId: id.nullable(),
  notifierId: id,
  notifier: z.string(),
  kind: z.enum(NOTICE_KINDS),
  title: z.string(),
  /** `failed`: given up. */
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  askedAt: instant,
  nextAt: instant.nullable(),
  endedAt: instant.nullable(),
  detail: z.string(),
});
export type DeliveryView = z.infer<typeof delivery>;

/** What was to be seen when an incident opened. */
export const evidence = z.object({
  at: instant,
  series: z.array(
    z.object({
      title: z.string(),
      metric: z.string(),
      from: instant,
      stepMs: z.int(),
      values: z.array(z.number().nullable()),
    }),
  ),
  processes: z.array(
    z.object({
      pid: z.int(),
      name: z.string(),
      user: z.string(),
      cpuRatio: z.number().nullable(),
      residentBytes: z.number().nullable(),
    }),
  ),
  logLines: z.array(z.object({ at: instant.nullable(), text: z.string() })),
  actions: z.array(
    z.object({ at: instant, by: z.string(), action: z.string(), target: z.string(), outcome: z.string().nullable() }),
  ),
  /** Earlier incidents of the same rule about the same thing. */
  similar: z.array(z.object({ id, title: z.string(), openedAt: instant, resolvedAt: instant.nullable() })),
  /** What could not be had, and why. */
  missing: z.array(z.string()),
});
export type EvidenceView = z.infer<typeof evidence>;

/** What may be done about it, by whoever holds the right. */
export const suggestion = z.object({
  action: z.enum(["service.restart", "service.start", "service.reset"]),
  serverId: id,
  serviceId: id,
  service: z.string(),
});

export const incidentDetail = z.object({
  incident,
  members: z.array(incidentMember).max(500),
  timeline: z.array(timelineEntry).max(500),
  deliveries: z.array(delivery).max(200),
  evidence: evidence.nullable(),
  suggestions: z.array(suggestion),
  /** What is down and not told, because it stands behind what is wrong here: the first of it, and how much it is. */
  holds: z.object({ places: z.array(place), count: z.int() }),
});

const silenceMatcher = z.strictObject({
  serverIds: z.array(id).max(1_000).default([]),
  tags: z.array(tag).max(100).default([]),
  ruleIds: z.array(id).max(100).default([]),
  probeIds: z.array(id).max(1_000).default([]),
  services: z.array(pattern).max(100).default([]).describe("names of services; * stands for any text"),
  severityMost: severity.nullable().default(null).describe("what is worse is told all the same"),
});
export const newSilence = z.strictObject({
  matcher: silenceMatcher.describe("every list that is not empty must name it; without any nothing is meant"),
  reason: z.string().trim().min(1).max(500),
  from: instant.optional().describe("now when absent; later: a maintenance that is planned"),
  until: instant,
});
export const silence = z.object({
  id,
  matcher: silenceMatcher,
  reason: z.string(),
  author: z.string(),
  from: instant,
  until: instant,
  isActive: z.boolean(),
});
export type SilenceView = z.infer<typeof silence>;

export const notifierKind = z.enum(NOTIFIER_KIND_NAMES as readonly [NotifierKindName, ...NotifierKindName[]]);
const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be like 08:30");
export const hours = z.strictObject({
  zone: z.string().max(64).describe("a time zone such as Europe/Berlin"),
  spans: z
    .array(
      z.strictObject({
        days: z.array(z.int().min(1).max(7)).min(1).max(7).describe("1 is Monday"),
        from: clockTime,
        until: clockTime.describe("at or before `from`: on the next day"),
      }),
    )
    .min(1)
    .max(20),
});

const notifierFields = {
  name,
  settings: probeSettings,
  isEnabled: z.boolean(),
  isDefault: z.boolean().describe("told of every rule that names no notifiers"),
  severityLeast: severity,
  delayMs: milliseconds(7 * DAY_MS).describe("told when an incident is open for so long and not acknowledged"),
  repeatMs: milliseconds(7 * DAY_MS).describe("told again so often until it is acknowledged; 0: never"),
  hours: hours.nullable().describe("told only then; null: always"),
  fallbackId: id.nullable().describe("who is told what this one could not be"),
};
export const newNotifier = z.strictObject({
  kind: notifierKind,
  secret: probeSecret.optional(),
  name,
  settings: probeSettings,
  isEnabled: notifierFields.isEnabled.default(true),
  isDefault: notifierFields.isDefault.default(true),
  severityLeast: severity.default("warning"),
  delayMs: notifierFields.delayMs.default(0),
  repeatMs: notifierFields.repeatMs.default(0),
  hours: notifierFields.hours.default(null),
  fallbackId: notifierFields.fallbackId.default(null),
});
export const notifierPatch = z
  .strictObject({ ...notifierFields })
  .partial()
  .extend({
    secret: probeSecret.nullable().optional().describe("null removes it; without it what is kept stays"),
  });
export const notifier = z.object({
  id,
  kind: notifierKind,
  ...notifierFields,
  name: z.string(),
  /** Where it tells, in short. */
  target: z.string(),
  hasSecret: z.boolean(),
  createdAt: instant,
  /** How the last attempt went; `stopped`: it was refused so often that it is tried again only after a test or a change. */
  state: z.object({ is: z.enum(["untried", "working", "failing", "stopped"]), since: instant, detail: z.string() }),
  /** How often in a row it was refused for a reason that lasts; from 3 on it is stopped. */
  refusals: z.int(),
  /** Deliveries that wait. */
  waiting: z.int(),
});
export type NotifierView = z.infer<typeof notifier>;
export const notifierTest = z.object({ outcome: z.enum(["sent", "failed"]), detail: z.string(), tookMs: z.int() });

/** `text`: what was sent. */
export const notifierMessage = z.object({ ...notifierTest.shape, text: z.string() });

/** What would be told, by which texts, and of what. */
export const noticePreviewRequest = z.strictObject({
  kind: notifierKind,
  settings: probeSettings.describe("of which only templates count: titleTemplate and textTemplate, for a webhook body"),
  incident: id.optional().describe("without it one that is made up"),
});
export const noticePreview = z.object({
  kind: z.enum(NOTICE_KINDS),
  title: z.string(),
  lines: z.array(z.string()),
  /** What the link leads to, which every kind adds by itself. */
  url: z.string().nullable(),
  /** What a webhook sends; null for every other kind. */
  body: z.string().nullable(),
  isJson: z.boolean().nullable(),
});
export type NoticePreview = z.infer<typeof noticePreview>;

export const rulePreview = z.strictObject({
  rule: ruleDefinition,
  from: instant,
  to: instant,
});
export const rulePreviewAnswer = z.object({
  /** Incidents that would have opened, oldest first; at most 500 are listed. */
  incidents: z.array(z.object({ title: z.string(), severity, openedAt: instant, resolvedAt: instant.nullable() })),
  count: z.int(),
  stepMs: z.int(),
  seriesCount: z.int(),
});
