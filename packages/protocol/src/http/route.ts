import type { Right } from "@muster/core";
import type { z } from "zod";

/** How often one account or address may ask: the limits of each class are in the hub's `http/limits.ts`. */
export type RateClass = "login" | "read" | "query" | "write" | "heartbeat";

export type ContentType = "text/plain" | "application/json" | "application/x-ndjson" | "text/csv";

/**
 * `public` needs no credential; `own-token` a token of the route's own kind, which it checks itself; `signed-in` any
 * live session or token; otherwise the right that the caller must hold.
 */
export type Permission = "public" | "own-token" | "signed-in" | Right;

export interface Route {
  readonly summary: string;
  readonly permission: Permission;
  /** In which header an `own-token` comes that is no bearer token, in lower case. */
  readonly tokenHeader?: string;
  readonly rate: RateClass;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: z.ZodType;
  /**
   * Content types of an answer that comes piece by piece, the default first. `answer` is the shape of the JSON one. Where
   * it cannot be finished the connection is cut, so that no part passes for the whole.
   */
  readonly streamed?: readonly ContentType[];
  readonly status?: 200 | 201 | 202 | 204;
  /** What else can come back, besides the answers every route may give (BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED, INTERNAL). */
  readonly errors?: readonly string[];
}
