import { z } from "zod";
import * as p from "./probe-resources.ts";
import { id, instant } from "./resources.ts";
import type { Route } from "./route.ts";

const byId = z.strictObject({ id });
const ping = z.strictObject({ token: z.string().regex(/^mpg1\.[A-Za-z0-9_-]{22}$/, "is no token of a probe") });
const pinged = z.object({ ok: z.literal(true) });

/** Doors of probes; part of `ROUTES`. */
export const PROBE_ROUTES = {
  "GET /api/v1/probes": {
    summary: "All probes as they are now, with their last results.",
    permission: "probes.read",
    rate: "read",
    query: z.strictObject({
      about: id.optional().describe("only those that say something of this server, or of one of its services"),
      service: id.optional().describe("only those that say something of this service"),
      kind: p.probeKind.optional(),
    }),
    answer: z.object({ items: z.array(p.probe) }),
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/probes": {
    summary: "Adds a probe. It may reach exactly the host and port that it names.",
    permission: "probes.write",
    rate: "write",
    body: p.newProbe,
    answer: z.object({ probe: p.probe, pingUrl: z.string().nullable() }),
    status: 201,
    errors: ["CONFLICT", "NOT_FOUND"],
  },
  "GET /api/v1/probes/{id}": {
    summary: "One probe, and what its last run saw.",
    permission: "probes.read",
    rate: "read",
    params: byId,
    answer: z.object({ probe: p.probe, report: p.probeReport, reportAt: instant.nullable() }),
    errors: ["NOT_FOUND"],
  },
  "PATCH /api/v1/probes/{id}": {
    summary: "Changes a probe, pauses it, or sets a maintenance. Another target takes its secret from it.",
    permission: "probes.write",
    rate: "write",
    params: byId,
    body: p.probePatch,
    answer: p.probe,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "DELETE /api/v1/probes/{id}": {
    summary: "Removes a probe with its history.",
    permission: "probes.write",
    rate: "write",
    params: byId,
    answer: z.null(),
    status: 204,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/probes/{id}/run": {
    summary: "Looks now. The result counts as any other.",
    permission: "probes.run",
    rate: "write",
    params: byId,
    answer: z.object({ probe: p.probe, result: p.probeResult }),
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/probe-trials": {
    summary: "Looks once with these settings and keeps nothing.",
    permission: "probes.write",
    rate: "write",
    body: p.probeTrial,
    answer: p.probeResult,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/probes/{id}/acts/{act}": {
    summary: "Does something to what the probe looks at; which acts a kind has, docs/probes.md says.",
    permission: "actions.dangerous",
    rate: "write",
    params: z.strictObject({ id, act: z.string().max(64) }),
    body: z.strictObject({ arguments: p.probeSettings.optional() }),
    answer: z.object({
      outcome: z.enum(["succeeded", "failed", "refused", "unknown"]),
      detail: z.string(),
      report: p.probeReport,
    }),
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/probes/{id}/ping-url": {
    summary: "Makes a new address for a probe that waits to be called; the one before ends.",
    permission: "probes.write",
    rate: "write",
    params: byId,
    answer: z.object({ pingUrl: z.string() }),
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/pings/{token}": {
    summary: "For cron jobs: it went well.",
    permission: "own-token",
    rate: "heartbeat",
    params: ping,
    answer: pinged,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/pings/{token}/{signal}": {
    summary: "For cron jobs: it starts, it failed, or how it ended by its exit code.",
    permission: "own-token",
    rate: "heartbeat",
    params: z.strictObject({
      ...ping.shape,
      signal: z.string().regex(/^(?:start|fail|\d{1,3})$/, "is start, fail or an exit code"),
    }),
    answer: pinged,
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Route>;
