import { ROUTES } from "@muster/protocol";
import type { Route, RouteName } from "@muster/protocol";
import type { Caller, Doors } from "../doors.ts";
import type { Handler, HandlerContext, Handlers } from "../handler.ts";
import type { PiecewiseAnswer } from "../piecewise.ts";
import { parsePart } from "../route-door.ts";
import type { RouteCall } from "./compat-handler.ts";

/** What a request brings to every route that is asked for its sake. */
export interface Bearing {
  readonly caller: Caller | undefined;
  readonly bearer: string | undefined;
  readonly address: string;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  readonly signal: AbortSignal;
  readonly setCookie: (value: string) => void;
}

/** Asks our own routes for the sake of one request: no path of another system can do what its caller could not do there. */
export function routeCall(
  { handlers, doors }: { readonly handlers: Handlers; readonly doors: Doors },
  bearing: Bearing,
): RouteCall {
  return async (name, input = {}, as = bearing) => {
    const route: Route = ROUTES[name];
    doors.checkPermission(route.permission, as.caller);
    const context = {
      ...bearing,
      ...{ caller: as.caller, setCookie: as.setCookie },
      bearer: route.permission === "own-token" ? bearing.bearer : undefined,
      params: parsePart("params", route.params, input.params),
      query: parsePart("query", route.query, input.query ?? (route.query && {})),
      body: parsePart("body", route.body, input.body),
    } as unknown as HandlerContext<RouteName>;
    const answer: unknown = await (handlers[name] as unknown as Handler<RouteName>)(context);
    // What a route sends piece by piece is needed whole here; it is bounded by what was asked for.
    return (route.streamed ? JSON.parse(await wholeText(answer as PiecewiseAnswer)) : answer) as never;
  };
}

async function wholeText({ pieces }: PiecewiseAnswer): Promise<string> {
  let text = "";
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) text += piece.value;
  return text;
}
