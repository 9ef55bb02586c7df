import { isActionName } from "@muster/core";
import type { ActionName } from "@muster/core";
import { z } from "zod";
import { AGENT_LIMITS } from "./constants.ts";
import type { AgentFrame, AuthBody, ResultBody, WireProcess } from "./frames.ts";

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

const policySummary = z.object({
  state: z.enum(["monitor-only", "file", "broken"]),
  why: shortText(500),
  entries: z.array(shortText(300)).max(200),
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
});

export const resultBodySchema: z.ZodType<ResultBody> = z.object({
  cmd: shortText(64),
  outcome: z.enum(["succeeded", "failed", "refused", "unknown"]),
  detail: shortText(2_000),
  exit: z.int().exactOptional(),
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
  startTicks: wholeNumber.exactOptional(),
});

export const processesSchema = z.object({
  at: instant,
  total: wholeNumber,
  processes: z.array(wireProcessSchema).max(2_000),
});
export type Processes = z.infer<typeof processesSchema>;
