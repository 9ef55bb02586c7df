import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AccessEvents } from "../../access/access-events.ts";
import type { Caller } from "../doors.ts";
import { bearerOf } from "../doors.ts";
import type { Handlers } from "../handler.ts";
import { checkOnce, idempotencyKeyOf, passDoor, stopsWith } from "../route-door.ts";
import type { RouteDoorDeps } from "../route-door.ts";
import { BearerSignIn } from "./bearer-sign-in.ts";
import type { BearerSignInDeps } from "./bearer-sign-in.ts";
import type { Tongue } from "./compat-door.ts";
import type { CompatHandler, CompatReply } from "./compat-handler.ts";
import { CompatSockets } from "./compat-sockets.ts";
import type { CompatSocketDeps } from "./compat-sockets.ts";
import { COMPAT_PATHS } from "./compat-table.ts";
import type { CompatPath } from "./compat-table.ts";
import { compatError, errorBody } from "./error-shape.ts";
import { rootHandlers } from "./root.ts";
import { routeCall } from "./route-call.ts";
import { s1Handlers } from "./s1.ts";
import { s2Handlers } from "./s2.ts";
import { s3Handlers } from "./s3.ts";
import { s4Handlers } from "./s4.ts";
import { s5Handlers } from "./s5.ts";
import type { TongueDeps } from "./tongue-deps.ts";

interface ServerDeps extends RouteDoorDeps {
  readonly events: AccessEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface CompatDeps extends Omit<TongueDeps, "signIn">, BearerSignInDeps, Omit<CompatSocketDeps, "handlers"> {}

/** The paths of other systems, ready to be put beside our own. */
export interface CompatRoutes {
  readonly sockets: CompatSockets;
  /** Paths that end with a slash, which ours never do. */
  readonly slashedPaths: ReadonlySet<string>;
  /** Over the handlers of our own routes. */
  register(app: FastifyInstance, handlers: Handlers, deps: ServerDeps): void;
}

/** Answers the paths of `compat-table.ts` over our own routes, rights and doors. */
export function compatRoutes(given: CompatDeps): CompatRoutes {
  const deps: TongueDeps = { ...given, signIn: new BearerSignIn(given) };
  const tongues: Readonly<Record<Tongue, Readonly<Record<string, CompatHandler>>>> = {
    root: rootHandlers(deps),
    s1: s1Handlers(deps),
    s2: s2Handlers(deps),
    s3: s3Handlers(deps),
    s4: s4Handlers(deps),
    s5: s5Handlers(deps),
  };
  const paths = COMPAT_PATHS.filter(({ method }) => method !== "WS");
  let own: Handlers | undefined;
  const handlers = (): Handlers => {
    if (own === undefined) throw new MusterError("STARTING");
    return own;
  };
  return {
    sockets: new CompatSockets({ ...given, handlers }),
    slashedPaths: new Set(paths.map(({ path }) => path).filter((path) => path.endsWith("/"))),
    register(app, routes, server) {
      own = routes;
      for (const path of paths) addPath(app, path, tongues[path.tongue][path.name], routes, server);
    },
  };
}

function addPath(
  app: FastifyInstance,
  at: CompatPath,
  handler: CompatHandler | undefined,
  handlers: Handlers,
  deps: ServerDeps,
): void {
  const { tongue, method, path, door } = at;
  const callers = new WeakMap<FastifyRequest, Caller | undefined>();
  const guard = {
    name: `${method} ${path}`,
    permissions: door?.permissions ?? (["signed-in"] as const),
    rate: door?.rate ?? ("read" as const),
    scheme: "any-case" as const,
  };
  app.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ":$1"),
    exposeHeadRoute: false,
    onRequest: async (request) => void callers.set(request, await passDoor(guard, request, deps)),
    errorHandler: (error, request, reply) => {
      const answer = compatError(tongue, error, request.id, deps.log);
      void send(reply.headers(answer.headers), answer);
    },
    handler: async (request, reply) => {
      if (door === undefined || handler === undefined)
        return send(reply, { status: 501, body: errorBody(tongue, `Not served here: ${at.why}`) });
      const caller = callers.get(request);
      const call = routeCall(
        { handlers, doors: deps.doors },
        {
          caller,
          bearer: bearerOf(request.headers.authorization, "any-case"),
          address: deps.addresses.of(request.raw),
          requestId: request.id,
          idempotencyKey: idempotencyKeyOf(request),
          signal: stopsWith(reply).signal,
          setCookie: (value) => void reply.header("set-cookie", value),
        },
      );
      return send(
        reply,
        await handler({
          ...{ call, caller, body: request.body, place: at.place },
          params: request.params as Readonly<Record<string, string>>,
          query: checkOnce(request.query as Readonly<Record<string, unknown>>),
          accept: request.headers.accept ?? "",
        }),
      );
    },
  });
}

function send(reply: FastifyReply, { status, body, contentType }: CompatReply): FastifyReply {
  void reply.code(status).header("cache-control", "no-store");
  if (contentType !== undefined) return reply.type(contentType).send(body);
  return body === undefined ? reply.send() : reply.send(body);
}
