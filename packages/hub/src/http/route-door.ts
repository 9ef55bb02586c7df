import { isMusterError, MusterError } from "@muster/core";
import type { Permission, RateClass } from "@muster/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { AuditLog } from "../access/audit-log.ts";
import { throttleAddress } from "../access/throttle.ts";
import type { Throttle } from "../access/throttle.ts";
import { actorName } from "../commands/command-bus.ts";
import type { ClientAddress } from "./client-address.ts";
import type { BearerScheme, Caller, Doors } from "./doors.ts";
import { RATE_LIMITS } from "./limits.ts";

export interface RouteDoorDeps {
  readonly doors: Doors;
  readonly throttle: Throttle;
  readonly addresses: ClientAddress;
  readonly audit: AuditLog;
}

/** What a door asks for, whoever's path it stands before. */
export interface RouteDoor {
  /** As the audit log names it where somebody is refused. */
  readonly name: string;
  /** Every one must be held. One that is no right (`public`, `own-token`, `signed-in`) stands alone. */
  readonly permissions: readonly Permission[];
  readonly rate: RateClass;
  readonly scheme?: BearerScheme;
}

const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * The checks before a body is read: who is not allowed does not get to send one. Answers who asks, undefined where the
 * door needs nobody. Throws UNAUTHENTICATED, FORBIDDEN, STEP_UP_NEEDED, RATE_LIMITED and what `Doors` throws.
 */
export async function passDoor(
  door: RouteDoor,
  request: FastifyRequest,
  { doors, throttle, addresses, audit }: RouteDoorDeps,
): Promise<Caller | undefined> {
  // A door that forgot to ask for anything is open to nobody who is not signed in.
  const [first = "signed-in", ...others] = door.permissions;
  // A token of the route's own kind is nobody's session; a cookie beside it counts for nothing.
  const caller = first === "own-token" ? undefined : await doors.caller(request.raw, door.scheme);
  doors.checkCrossSite(request.raw, caller, first);
  const who =
    first === "public" || !caller
      ? `address ${throttleAddress(addresses.of(request.raw))}`
      : `user ${caller.actor.user.id}`;
  const waitMs = throttle.take(RATE_LIMITS[door.rate], [`${door.rate} ${who}`]);
  if (waitMs !== undefined) throw new MusterError("RATE_LIMITED", { retryAfterMs: waitMs });
  try {
    for (const permission of [first, ...others]) doors.checkPermission(permission, caller);
  } catch (error) {
    if (caller && !SAFE_METHODS.has(request.method)) await noteRefusal(audit, door.name, caller, request, error);
    throw error;
  }
  return caller;
}

/** Who tried to change something without the right to stands in the log, as does who succeeded. */
async function noteRefusal(
  audit: AuditLog,
  door: string,
  { actor }: Caller,
  request: FastifyRequest,
  error: unknown,
): Promise<void> {
  await audit.append({
    actor: actorName(actor),
    door: "http",
    action: door,
    target: request.url.split("?", 1)[0]!,
    args: {},
    decision: "refused",
    reason: isMusterError(error) ? error.code : "internal failure",
    cmd: null,
  });
}

/** 1 to 200 characters that show; anything else is a mistake, and ignoring it could do a thing twice. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[!-~]{1,200}$/.test(key)) return key;
  throw new MusterError("BAD_REQUEST", {
    fields: { "header.idempotency-key": "must be 1 to 200 visible characters, once" },
  });
}

/** An empty or repeated parameter is somebody's mistake: read as nothing or as a list, it could ask for more than meant. */
export function checkOnce(query: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const [name, value] of Object.entries(query)) {
    const problem = value === "" ? "must not be empty" : Array.isArray(value) ? "is given more than once" : undefined;
    if (problem) throw new MusterError("BAD_REQUEST", { fields: { [`query.${name}`.slice(0, 100)]: problem } });
  }
  return query;
}

/** One part of a request by its schema; without one it must be empty. Throws BAD_REQUEST, and NOT_FOUND for a path. */
export function parsePart(part: "params" | "query" | "body", schema: z.ZodObject | undefined, value: unknown): unknown {
  if (!schema) {
    const isEmpty =
      value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
    if (isEmpty) return undefined;
    throw new MusterError("BAD_REQUEST", { fields: { [part]: "this route takes none" } });
  }
  const parsed = schema.safeParse(part === "body" ? value : { ...(value as object) });
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues.slice(0, 20)) {
    // A bad id in a path is no server of anybody's: the same answer as for one that does not exist.
    if (part === "params") throw new MusterError("NOT_FOUND");
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys.slice(0, 20))
        fields[[part, ...issue.path, key].join(".").slice(0, 100)] = "is not a field of this request";
    else fields[[part, ...issue.path].join(".").slice(0, 100)] = issue.message;
  }
  throw new MusterError("BAD_REQUEST", { fields });
}

/** Aborts when the caller goes away before the answer is out. */
export function stopsWith(reply: FastifyReply): AbortController {
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller;
}
