import type { Right } from "@muster/core";
import type { RouteAnswer, RouteName, RouteParsed, Routes } from "@muster/protocol";
import type { CommandBus } from "../commands/command-bus.ts";
import type { Caller } from "./doors.ts";
import type { PiecewiseAnswer } from "./piecewise.ts";

/** What a route's handler gets: everything checked already. */
export interface HandlerContext<N extends RouteName> extends RouteParsed<N> {
  /** Undefined only on public routes. */
  readonly caller: Caller | undefined;
  readonly address: string;
  /** Aborts when nobody waits for the answer any more, or may have it. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** The token, mostly a bearer's, of a route that checks its own kind; undefined when none was sent, and on all other routes. */
  readonly bearer: string | undefined;
  /** What the caller sent as Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
  readonly setCookie: (value: string) => void;
}

/** A route translates and decides nothing. */
export type Handler<N extends RouteName> = (
  context: HandlerContext<N>,
) => Promise<Routes[N] extends { readonly streamed: unknown } ? PiecewiseAnswer : RouteAnswer<N>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** The caller of a route that is not public: the doors have made sure of one. */
export function callerOf(context: { readonly caller: Caller | undefined }): Caller {
  if (!context.caller) throw new Error("a route that needs a caller is declared public");
  return context.caller;
}

/** Changes of the hub by the callers of routes that mostly need one right; see `CommandBus.change`. */
export const changesBy =
  (bus: CommandBus, usual: Right) =>
  <T>(
    context: { readonly caller: Caller | undefined },
    name: string,
    target: string,
    args: Readonly<Record<string, unknown>>,
    work: () => Promise<T>,
    right: Right = usual,
  ): Promise<T> =>
    bus.change(callerOf(context).actor, "http", { name, right, target, args }, work);
