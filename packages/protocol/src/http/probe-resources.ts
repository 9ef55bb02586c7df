import { HEALTHS, PROBE_KIND_NAMES, SERVICE_LIMITS, STREAK_MAX } from "@muster/core";
import type { ProbeKindName } from "@muster/core";
import { z } from "zod";
import { driverName, id, instant, tag } from "./resources.ts";

/** What the API says of probes. Which settings a kind has is said by `PROBE_KINDS` of core. */

export const probeKind = z.enum(PROBE_KIND_NAMES as readonly [ProbeKindName, ...ProbeKindName[]]);
/** By the names of the kind's fields, which `docs/probes.md` lists. */
export const probeSettings = z.record(
  z.string().max(64),
  z.union([z.string().max(65_536), z.number(), z.boolean(), z.array(z.string().max(4_096)).max(100)]),
);
export const probeSecret = z.string().min(1).max(8_192);
const probeName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u, "must hold no control characters");
const health = z.enum(HEALTHS);
const reportValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One run, for the bar of the last ones. */
export const probeBeat = z.object({
  at: instant,
  health,
  tookMs: z.number().nullable(),
});

export const probeReport = z.object({
  facts: z.array(z.object({ key: z.string(), value: reportValue, unit: z.string().optional() })),
  tables: z.array(
    z.object({
      key: z.string(),
      columns: z.array(z.object({ key: z.string(), unit: z.string().optional() })),
      rows: z.array(z.array(reportValue)),
      note: z.string().optional(),
    }),
  ),
});

export const probeResult = z.object({
  health,
  detail: z.string(),
  tookMs: z.number().nullable(),
  report: probeReport,
});

export const probe = z.object({
  id,
  name: z.string(),
  kind: probeKind,
  /** What it looks at, in short. */
  target: z.string(),
  /** The server by whose SSH connection or agent it goes out; null: from the hub. */
  via: z.object({ serverId: id, name: z.string() }).nullable(),
  /**
   * The server that it says something of, and where it is about one of its services alone, which: its health is part of
   * that one's. Null: it stands for itself. A service without an id is not there now.
   */
  about: z
    .object({
      serverId: id,
      name: z.string(),
      service: z.object({ id: id.nullable(), driver: driverName, name: z.string() }).nullable(),
    })
    .nullable(),
  tags: z.array(z.string()),
  state: z.enum(["active", "paused"]),
  /** Until then it is looked at and shown, and nobody need be told; null: no maintenance. */
  maintenanceUntil: instant.nullable(),
  intervalMs: z.int(),
  timeoutMs: z.int(),
  rise: z.int(),
  fall: z.int(),
  hasSecret: z.boolean(),
  settings: probeSettings,
  /** What it is held to be: a streak of results makes it so. */
  health,
  since: instant,
  /** What the last run said. */
  detail: z.string(),
  lastAt: instant.nullable(),
  nextAt: instant.nullable(),
  tookMs: z.number().nullable(),
  /** When the certificate that was seen last ends, where there is one. */
  certificateUntil: instant.nullable(),
  /** Oldest first. */
  beats: z.array(probeBeat).max(30),
  createdAt: instant,
});
export type ProbeView = z.infer<typeof probe>;
export type ProbeBeat = z.infer<typeof probeBeat>;
export type ProbeReportView = z.infer<typeof probeReport>;
export type ProbeResultView = z.infer<typeof probeResult>;

const milliseconds = (least: number, most: number) => z.int().min(least).max(most);

const probeFields = {
  name: probeName,
  settings: probeSettings,
  via: id
    .nullable()
    .optional()
    .describe("a server that is reached by SSH or has an agent, from where to look; null: from the hub"),
  about: id.nullable().optional().describe("the server that this says something of"),
  service: z
    .strictObject({ driver: driverName, name: z.string().min(1).max(SERVICE_LIMITS.nameCharactersMax) })
    .nullable()
    .optional()
    .describe("the service of that server whose health this is part of; another server takes it away"),
  tags: z.array(tag).max(20).optional(),
  intervalMs: milliseconds(5_000, 86_400_000).optional(),
  timeoutMs: milliseconds(200, 60_000).optional(),
  rise: z
    .int()
    .min(1)
    .max(STREAK_MAX)
    .optional()
    .describe("so many better results in a row make it better; 1 by default"),
  fall: z
    .int()
    .min(1)
    .max(STREAK_MAX)
    .optional()
    .describe("so many worse results in a row make it worse; 3 by default"),
};

export const newProbe = z.strictObject({ kind: probeKind, secret: probeSecret.optional(), ...probeFields });
export const probePatch = z.strictObject({
  ...probeFields,
  name: probeName.optional(),
  settings: probeSettings.optional(),
  secret: probeSecret.nullable().optional().describe("null removes it; without it what is kept stays"),
  state: z.enum(["active", "paused"]).optional(),
  maintenanceUntil: instant.nullable().optional(),
});
export const probeTrial = z.strictObject({
  kind: probeKind,
  settings: probeSettings,
  secret: probeSecret.optional(),
  probe: id.optional().describe("an existing one, whose secret is used where none is given and the target is the same"),
  via: id.nullable().optional(),
  timeoutMs: milliseconds(200, 60_000).optional(),
});
