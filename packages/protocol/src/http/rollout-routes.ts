import { z } from "zod";
import { id } from "./resources.ts";
import type { Route } from "./route.ts";
import * as r from "./rollout-resources.ts";

const byId = z.strictObject({ id });
const ofPlan = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("of the plan that is meant: another one is refused"),
});

/** Doors of rollouts and of the graph that orders them; part of `ROUTES`. Starting and approving need the right to the action besides. */
export const ROLLOUT_ROUTES = {
  "GET /api/v1/services/graph": {
    summary: "Which services need which: as their supervisors tell it, and as somebody has set it by hand.",
    permission: "services.read",
    rate: "read",
    query: z.strictObject({ server: id.optional().describe("only of this server") }),
    answer: r.serviceGraph,
    errors: ["NOT_FOUND"],
  },
  "PUT /api/v1/services/{id}/needs/{needed}": {
    summary: "Says that a service needs another one, also of another server.",
    permission: "servers.write",
    rate: "write",
    params: z.strictObject({ id, needed: id }),
    answer: z.null(),
    status: 204,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "DELETE /api/v1/services/{id}/needs/{needed}": {
    summary: "Takes back what was said by hand. What a supervisor tells stays.",
    permission: "servers.write",
    rate: "write",
    params: z.strictObject({ id, needed: id }),
    answer: z.null(),
    status: 204,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/rollouts": {
    summary: "Rollouts and plans that were not started, newest first.",
    permission: "rollouts.read",
    rate: "read",
    query: z.strictObject({
      before: id.optional().describe("only those made before this one"),
      limit: z.coerce.number().int().min(1).max(500).optional().describe("100 by default"),
    }),
    answer: z.object({ items: z.array(r.rollout) }),
  },
  "POST /api/v1/rollouts": {
    summary: "Makes the plan of a rollout and shows it; nothing is started.",
    permission: "rollouts.write",
    rate: "write",
    body: r.rolloutWish,
    answer: r.rolloutDetail,
    status: 201,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "GET /api/v1/rollouts/{id}": {
    summary: "One rollout with its plan and how far each target is.",
    permission: "rollouts.read",
    rate: "read",
    params: byId,
    query: z.strictObject({
      waitMs: z.coerce.number().int().min(0).max(60_000).optional().describe("waits so long for news of it"),
      after: z.coerce.number().int().min(0).optional().describe("news is what has a higher revision"),
    }),
    answer: r.rolloutDetail,
    errors: ["NOT_FOUND"],
  },
  "PUT /api/v1/rollouts/{id}": {
    summary: "Makes the plan anew, as long as it is not started. An approval of the plan before counts no more.",
    permission: "rollouts.write",
    rate: "write",
    params: byId,
    body: r.rolloutWish,
    answer: r.rolloutDetail,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/rollouts/{id}/approve": {
    summary: "Approves exactly this plan, by somebody else than who made it.",
    permission: "rollouts.approve",
    rate: "write",
    params: byId,
    body: ofPlan,
    answer: r.rollout,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "POST /api/v1/rollouts/{id}/start": {
    summary: "Starts exactly this plan, by who made it.",
    permission: "rollouts.write",
    rate: "write",
    params: byId,
    body: ofPlan,
    answer: r.rollout,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "POST /api/v1/rollouts/{id}/pause": {
    summary: "Lets what has begun come to its end and begins nothing more until it is resumed.",
    permission: "rollouts.write",
    rate: "write",
    params: byId,
    answer: r.rollout,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/rollouts/{id}/resume": {
    summary: "Goes on with a paused rollout.",
    permission: "rollouts.write",
    rate: "write",
    params: byId,
    answer: r.rollout,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/rollouts/{id}/abort": {
    summary: "Begins nothing more and ends it; on request what it has changed is taken back.",
    permission: "rollouts.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ isTakenBack: z.boolean().default(false) }),
    answer: r.rollout,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
} as const satisfies Record<string, Route>;

/** A rollout as it is asked for, with what may be left out. */
export type NewRollout = z.input<typeof r.rolloutWish>;
