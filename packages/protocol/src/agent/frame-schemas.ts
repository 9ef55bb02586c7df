import {
  CONTAINER_VERBS,
  DRIVER_NAMES,
  HEALTHS,
  isActionName,
  isText,
  isWhole,
  LEDGER_EVENTS,
  LOG_CURSOR_CHARACTERS_MAX,
  LOG_LINE_CHARACTERS_MAX,
  RUN_STATES,
  SERVICE_LIMITS,
  SERVICE_VERBS,
} from "@muster/core";
import type { ActionName, LedgerEntry, LogStreamItem } from "@muster/core";
import { z } from "zod";
import { AGENT_LIMITS, POLICY_SUMMARY_LIMITS, PROGRAM_LIMITS, TUNNEL_LIMITS } from "./constants.ts";
import type {
  AgentFrame,
  AuthBody,
  ProgramItem,
  ResultBody,
  StreamName,
  TunnelItem,
  WireProcess,
  WireService,
} from "./frames.ts";

/**
 * What the hub accepts from an agent. Unknown fields are ignored and dropped, so that a newer agent can say more;
 * everything known is bounded here.
 */

const base64url = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    .regex(/^[A-Za-z0-9_-]*$/);
const wholeNumber = z.int().min(0);
/** Times fit ±10 years and more; where they are off, ingest clamps and flags. */
const instant = z.int();
const seq = z.int().min(1);
const shortText = (charactersMax: number) => z.string().max(charactersMax);

const limits = POLICY_SUMMARY_LIMITS;
const commandArg = z.discriminatedUnion("type", [
  z.object({ name: shortText(255), type: z.literal("int"), min: z.int(), max: z.int() }),
  z.object({
    name: shortText(255),
    type: z.literal("choice"),
    values: z.array(shortText(255)).max(limits.valuesPerArgMax),
  }),
]);
/** Each list as a whole is bounded, too: 100 commands with all they may hold would be megabytes. */
const isShortList = (list: readonly unknown[]): boolean => JSON.stringify(list).length <= limits.listCharactersMax;
const command = z.object({ name: shortText(255), args: z.array(commandArg).max(limits.argsPerCommandMax) });
const policySummary = z.object({
  state: z.enum(["monitor-only", "file", "broken"]),
  why: shortText(limits.whyCharactersMax),
  entries: z.array(shortText(limits.entryCharactersMax)).max(limits.entriesMax),
  commands: z.array(command).max(limits.commandsMax).refine(isShortList).exactOptional(),
  // A newer agent may know actions that this hub does not; it could not ask for them anyway.
  actions: z
    .array(shortText(64))
    .max(64)
    .transform((names) => names.filter(isActionName))
    .exactOptional(),
  files: z.array(shortText(limits.pathCharactersMax)).max(limits.filesMax).refine(isShortList).exactOptional(),
});

/** Checked by hand: one zod node a value would cost more than the storing. */
const isRow = (row: unknown): boolean =>
  Array.isArray(row) &&
  row.length >= 1 &&
  row.length <= AGENT_LIMITS.seriesPerLayoutMax + 1 &&
  Number.isSafeInteger(row[0]) &&
  row.every((value) => value === null || (typeof value === "number" && Number.isFinite(value)));

const rows = z.custom<(number | null)[][]>(
  (value) => Array.isArray(value) && value.length <= AGENT_LIMITS.rowsPerBatchMax && value.every(isRow),
  "rows must be lists of a time and numbers",
);

const seriesDefinition = z.object({
  metric: shortText(128),
  labels: z.record(shortText(64), shortText(256)).optional(),
});

export const batchFrameSchema = z.object({
  t: z.literal("batch"),
  seq,
  layout: z.int().min(0).max(1_000_000),
  define: z.array(seriesDefinition).max(AGENT_LIMITS.seriesPerLayoutMax).optional(),
  rows,
  late: z.boolean().optional(),
  quiet: z.boolean().optional(),
});

const nullableText = (charactersMax: number) => shortText(charactersMax).nullable();
const nullableNumber = z.number().nullable();
const verbs = z.array(z.enum([...SERVICE_VERBS, ...CONTAINER_VERBS])).max(32);
const serviceName = shortText(SERVICE_LIMITS.nameCharactersMax).min(1);

export const wireServiceSchema: z.ZodType<WireService> = z.object({
  driver: z.enum(DRIVER_NAMES),
  name: serviceName,
  description: shortText(SERVICE_LIMITS.descriptionCharactersMax),
  state: z.enum(RUN_STATES),
  rawState: shortText(SERVICE_LIMITS.rawStateCharactersMax),
  since: instant.nullable(),
  health: z.enum(HEALTHS),
  healthDetail: shortText(SERVICE_LIMITS.healthDetailCharactersMax),
  run: nullableText(SERVICE_LIMITS.runCharactersMax),
  pid: wholeNumber.nullable(),
  restarts: wholeNumber.nullable(),
  lastExit: z
    .object({
      code: z.int().nullable(),
      signal: nullableText(SERVICE_LIMITS.signalCharactersMax),
      detail: shortText(SERVICE_LIMITS.exitDetailCharactersMax),
    })
    .nullable(),
  enabled: nullableText(SERVICE_LIMITS.enabledCharactersMax),
  restartPolicy: nullableText(SERVICE_LIMITS.restartPolicyCharactersMax),
  ports: z.array(z.int().min(0).max(65_535)).max(SERVICE_LIMITS.portsMax),
  urls: z.array(shortText(SERVICE_LIMITS.urlCharactersMax)).max(SERVICE_LIMITS.urlsMax),
  kind: shortText(SERVICE_LIMITS.kindCharactersMax),
  group: shortText(SERVICE_LIMITS.groupCharactersMax),
  needs: z.array(serviceName).max(SERVICE_LIMITS.needsMax).exactOptional(),
  alias: serviceName.exactOptional(),
  verbs,
  cpuSeconds: nullableNumber,
  memoryBytes: nullableNumber,
  tasks: nullableNumber,
  nextAt: instant.nullable(),
  granted: verbs,
  isLogGranted: z.boolean(),
  defined: z.enum(["file", "hub"]).nullable(),
});

const servicesFrame = z.object({
  t: z.literal("services"),
  whole: z.boolean(),
  services: z.array(wireServiceSchema).max(AGENT_LIMITS.servicesPerServerMax),
  removed: z.array(shortText(300)).max(AGENT_LIMITS.servicesPerServerMax),
  drivers: z
    .array(z.object({ name: z.enum(DRIVER_NAMES), ok: z.boolean(), why: shortText(500) }))
    .max(32)
    .optional(),
  ledgerId: z.string().regex(/^[0-9a-f]{1,64}$/),
  ledgerSeq: wholeNumber,
});

const ledgerEntrySchema: z.ZodType<LedgerEntry> = z.object({
  driver: z.enum(DRIVER_NAMES),
  name: serviceName,
  seq,
  at: instant,
  event: z.enum(LEDGER_EVENTS),
  from: z.enum(RUN_STATES).nullable(),
  to: z.enum(RUN_STATES).nullable(),
  cause: shortText(1_000),
  cmd: nullableText(64),
});

export const ledgerSchema = z.object({
  ledgerId: shortText(64),
  entries: z.array(ledgerEntrySchema).max(AGENT_LIMITS.ledgerEntriesPerCallMax),
});

export const definitionsSchema = z.object({
  definitions: z
    .array(
      z.object({
        definition: z.record(shortText(64), z.unknown()),
        from: z.enum(["file", "hub"]),
      }),
    )
    .max(AGENT_LIMITS.servicesPerServerMax),
  problems: z.array(shortText(1_000)).max(200),
});

export const agentFrameSchema = z.discriminatedUnion("t", [
  z.object({ t: z.literal("begin"), versions: z.array(wholeNumber).min(1).max(16), agentNonce: base64url(64) }),
  z.object({
    t: z.literal("enroll"),
    tokenId: z.string().regex(/^[0-9a-f]{10}$/),
    name: shortText(256),
    agentPub: base64url(128),
    mac: base64url(64),
    sig: base64url(128),
  }),
  z.object({ t: z.literal("auth"), body: shortText(128 * 1024), sig: base64url(128) }),
  batchFrameSchema,
  z.object({ t: z.literal("facts"), facts: z.unknown() }),
  z.object({ t: z.literal("policy"), policyHash: shortText(64), policySummary }),
  z.discriminatedUnion("ok", [
    z.object({ t: z.literal("reply"), id: wholeNumber, ok: z.literal(true), result: z.unknown() }),
    z.object({ t: z.literal("reply"), id: wholeNumber, ok: z.literal(false), error: shortText(1_000) }),
  ]),
  z.object({ t: z.literal("result"), body: shortText(AGENT_LIMITS.resultBytesMax), sig: base64url(128) }),
  servicesFrame,
  z.object({
    t: z.literal("items"),
    id: wholeNumber,
    items: z.array(z.unknown()).min(1).max(AGENT_LIMITS.itemsPerFrameMax),
  }),
  z.object({ t: z.literal("end"), id: wholeNumber, error: shortText(1_000) }),
  z.object({ t: z.literal("rotate"), newPub: base64url(128), sigOld: base64url(128), sigNew: base64url(128) }),
]) as unknown as z.ZodType<AgentFrame>;

export const authBodySchema: z.ZodType<AuthBody> = z.object({
  agentId: shortText(64),
  bootId: shortText(64),
  instanceId: shortText(64),
  agentVersion: shortText(64),
  version: wholeNumber,
  policyHash: shortText(64),
  policySummary,
  epochSeen: wholeNumber,
  lastSeq: wholeNumber,
  spoolHead: wholeNumber,
  auditHead: shortText(128),
  at: instant,
  intervalMs: z.int().min(500).max(3_600_000),
  tlsKey: shortText(64).exactOptional(),
});

export const resultBodySchema: z.ZodType<ResultBody> = z.object({
  cmd: shortText(64),
  outcome: z.enum(["succeeded", "failed", "refused", "unknown"]),
  detail: shortText(2_000),
  exit: z.int().exactOptional(),
  output: shortText(AGENT_LIMITS.outputBytesMax).exactOptional(),
  startedAt: instant,
  endedAt: instant,
});

export const actionNameSchema = z.custom<ActionName>(
  (value) => typeof value === "string" && isActionName(value),
  "is not an action Muster knows",
);

export const wireProcessSchema: z.ZodType<WireProcess> = z.object({
  pid: wholeNumber,
  ppid: wholeNumber,
  name: shortText(256),
  commandLine: shortText(512),
  user: shortText(64),
  state: shortText(16),
  cpuRatio: z.number().nullable(),
  residentBytes: z.number().nullable(),
  threads: z.number().nullable(),
  startedAt: z.number(),
  // Agents of the first version do not say; 0 names no process.
  startTicks: wholeNumber.default(0),
});

export const processesSchema = z.object({
  at: instant,
  total: wholeNumber,
  processes: z.array(wireProcessSchema).max(2_000),
});
export type Processes = z.infer<typeof processesSchema>;

/** Checked by hand, as rows are: a log brings tens of thousands of lines a second. */
function isLogStreamItem(value: unknown): value is LogStreamItem {
  if (typeof value !== "object" || value === null) return false;
  const item = value as Readonly<Record<string, unknown>>;
  if ("gap" in item) return logGapSchema.safeParse(item["gap"]).success;
  if ("caughtUp" in item) return item["caughtUp"] === true;
  const { at, cursor, level, text, stream } = item;
  return (
    (at === null || Number.isSafeInteger(at)) &&
    typeof cursor === "string" &&
    cursor.length <= LOG_CURSOR_CHARACTERS_MAX &&
    (level === null || (Number.isInteger(level) && (level as number) >= 0 && (level as number) <= 7)) &&
    typeof text === "string" &&
    text.length <= LOG_LINE_CHARACTERS_MAX &&
    (stream === null || stream === "stdout" || stream === "stderr")
  );
}

function isTunnelItem(value: unknown): value is TunnelItem {
  if (typeof value !== "object" || value === null) return false;
  const { connected, failed, data } = value as Readonly<Record<string, unknown>>;
  if (data !== undefined) return typeof data === "string" && data.length <= TUNNEL_LIMITS.dataCharactersMax;
  return connected === true || (typeof failed === "string" && failed.length <= 64);
}

function isProgramItem(value: unknown): value is ProgramItem {
  if (typeof value !== "object" || value === null) return false;
  const { started, exitCode, stdout, stderr, isCut } = value as Readonly<Record<string, unknown>>;
  if (started !== undefined) return started === true;
  const { outputBytesMax } = PROGRAM_LIMITS;
  return (
    (exitCode === null || isWhole(exitCode, 255)) &&
    isText(stdout, outputBytesMax) &&
    isText(stderr, outputBytesMax) &&
    typeof isCut === "boolean"
  );
}

const logGapSchema = z.object({ dropped: wholeNumber.nullable(), why: shortText(500) });

/** What a stream of each name may yield. */
export const STREAM_ITEM_CHECKS = {
  "logs.read": isLogStreamItem,
  tunnel: isTunnelItem,
  "probe.exec": isProgramItem,
  "probe.ping": isProgramItem,
} as const satisfies Record<StreamName, (value: unknown) => boolean>;
