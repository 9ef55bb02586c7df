import type { RouteAnswer, RouteInput, RouteName } from "@muster/protocol";
import { z } from "zod";
import type { Caller } from "../doors.ts";
import { parsePart } from "../route-door.ts";

/** What a route of our own is given; parts that it does not take are left out. */
type Input<N extends RouteName> = {
  readonly [Part in keyof RouteInput<N>]?: RouteInput<N>[Part] | undefined;
};

/**
 * Asks a route of our own as whoever sent the request: its right is asked for, its schema holds, and its handler does the
 * work. Throws what the route throws.
 */
export type RouteCall = <N extends RouteName>(
  name: N,
  input?: Input<N>,
  /** Instead of the request's own. */
  as?: { readonly caller: Caller | undefined; readonly setCookie: (value: string) => void },
) => Promise<RouteAnswer<N>>;

/** A request by another system's path, after its door. */
export interface CompatRequest {
  readonly call: RouteCall;
  /** Undefined where the door needs nobody. */
  readonly caller: Caller | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Under the prefix of its dialect, whose shapes are then exact, or without. */
  readonly place: "root" | "dialect";
  readonly accept: string;
}

export interface CompatReply {
  readonly status: number;
  /** A text goes as it is, undefined as an empty body. */
  readonly body: unknown;
  /** Of a text. */
  readonly contentType?: string;
}

export type CompatHandler = (request: CompatRequest) => Promise<CompatReply>;

/** One for every HTTP door of a table. */
export type CompatHandlers<Table> = { readonly [Name in Exclude<keyof Table, `WS ${string}`>]: CompatHandler };

export const reply = (status: number, body: unknown): CompatReply => ({ status, body });
export const ok = (body: unknown): CompatReply => reply(200, body);

/** The body by a schema. Fields that it does not name are left out, as those systems do. Throws BAD_REQUEST. */
export const bodyOf = <S extends z.ZodObject>(request: CompatRequest, schema: S): z.output<S> =>
  parsePart("body", schema, request.body ?? {}) as z.output<S>;

/** The same of the query. */
export const queryOf = <S extends z.ZodObject>(request: CompatRequest, schema: S): z.output<S> =>
  parsePart("query", schema, request.query) as z.output<S>;

export const idParam = ({ params }: CompatRequest): string => params["id"] ?? "";
