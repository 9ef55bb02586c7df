import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import type { Route, RouteName } from "@muster/protocol";
import fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AccessEvents } from "../access/access-events.ts";
import { throttleAddress } from "../access/throttle.ts";
import type { CompatRoutes } from "./compat/compat-routes.ts";
import { bearerOf } from "./doors.ts";
import type { Caller } from "./doors.ts";
import { errorAnswer } from "./error-answer.ts";
import type { Handler, HandlerContext, Handlers } from "./handler.ts";
import {
  ADDRESS_LIMIT,
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  HEADERS_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from "./limits.ts";
import { sendPieces } from "./piecewise.ts";
import type { PiecewiseAnswer } from "./piecewise.ts";
import { checkOnce, idempotencyKeyOf, parsePart, passDoor, stopsWith } from "./route-door.ts";
import type { RouteDoorDeps } from "./route-door.ts";

export interface HttpServerDeps extends RouteDoorDeps {
  readonly events: AccessEvents;
  readonly clock: Clock;
  readonly log: Logger;
  /** Paths of other systems that are answered too. */
  readonly compat: CompatRoutes;
}

export interface HttpServerConfig {
  /** Undefined: plain HTTP. */
  readonly tls: SecureContextOptions | undefined;
  /** The web app's page, shown where a browser asks for a path that is not there. */
  readonly notFoundPage: Buffer | undefined;
}

export type PlainRoutes = (app: FastifyInstance) => void;

/** `style-src` allows inline styles because components place elements by them; scripts never are inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const isPageRequest = (request: FastifyRequest): boolean =>
  request.method === "GET" &&
  (request.headers.accept ?? "").includes("text/html") &&
  !/^\/(?:api|agent|assets)(?:\/|$)/.test(request.url);

const HEALTH_PATHS = new Set(["/healthz", "/readyz"]);

/**
 * A path as our own pages and clients write it: no escapes, no empty segment, none that begins with a dot. The router
 * would decode `%75sers`; two ways to write one door is one too many to think about.
 */
const PLAIN_PATH = /^(?:\/|(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+)$/;
const CHECK_CONNECTIONS_EVERY_MS = 2_000;

/** Builds the HTTP server: doors in front, then every route of the table. It does not listen yet. */
export function buildHttpServer(
  handlers: Handlers,
  plain: PlainRoutes,
  deps: HttpServerDeps,
  config: HttpServerConfig,
): FastifyInstance {
  const options = {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 65_000,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    return503OnClosing: false,
    // What the router itself refuses, such as an escape that is none.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      void sendError(new MusterError("NOT_FOUND"), request, reply, deps.log),
    clientErrorHandler: refuseBrokenRequest,
  } as const;
  const limits = { maxHeaderSize: HEADERS_BYTES_MAX, connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS };
  const app = config.tls
    ? (fastify({
        ...options,
        https: { ...config.tls, minVersion: "TLSv1.2", ...limits },
      }) as unknown as FastifyInstance)
    : fastify({ ...options, http: limits });
  const server = app.server as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = 100;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(body as string));
    } catch {
      done(new MusterError("BAD_JSON"), undefined);
    }
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, deps.log));
  app.setNotFoundHandler((request, reply) => {
    if (config.notFoundPage === undefined || !isPageRequest(request)) {
      return sendError(new MusterError("NOT_FOUND"), request, reply, deps.log);
    }
    // A person who mistyped an address gets the app, which says so and shows the way back.
    return reply
      .code(404)
      .header("cache-control", "no-store")
      .type("text/html; charset=utf-8")
      .send(config.notFoundPage);
  });
  app.addHook("onRequest", async (request, reply) => {
    setSecurityHeaders(reply, config.tls !== undefined);
    const waitMs = deps.throttle.take(ADDRESS_LIMIT, [`all ${throttleAddress(deps.addresses.of(request.raw))}`]);
    if (waitMs !== undefined) throw new MusterError("RATE_LIMITED", { retryAfterMs: waitMs });
    // Health is asked by whatever watches the process, under any name, and says nothing worth stealing.
    if (!HEALTH_PATHS.has(request.url)) deps.doors.checkHost(request.raw);
    const path = request.url.split("?", 1)[0]!;
    if (!PLAIN_PATH.test(path) && !deps.compat.slashedPaths.has(path)) throw new MusterError("NOT_FOUND");
  });

  plain(app);
  for (const name of Object.keys(ROUTES) as RouteName[])
    addRoute(app, name, handlers[name] as Handler<RouteName>, deps);
  deps.compat.register(app, handlers, deps);
  return app;
}

function addRoute(app: FastifyInstance, name: RouteName, handler: Handler<RouteName>, deps: HttpServerDeps): void {
  const route: Route = ROUTES[name];
  const [method = "", path = ""] = name.split(" ");
  const callers = new WeakMap<FastifyRequest, Caller | undefined>();
  const door = { name, permissions: [route.permission], rate: route.rate };
  app.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ":$1"),
    exposeHeadRoute: false,
    onRequest: async (request) => void callers.set(request, await passDoor(door, request, deps)),
    handler: async (request, reply) => {
      const caller = callers.get(request);
      const stop = stopsWith(reply);
      const context = {
        caller,
        bearer: ownToken(route, request),
        address: deps.addresses.of(request.raw),
        requestId: request.id,
        idempotencyKey: idempotencyKeyOf(request),
        signal: stop.signal,
        params: parsePart("params", route.params, request.params),
        query: parsePart("query", route.query, checkOnce(request.query as Readonly<Record<string, unknown>>)),
        body: parsePart("body", route.body, request.body),
        setCookie: (value: string) => void reply.header("set-cookie", value),
      } as unknown as HandlerContext<RouteName>;
      if (route.streamed) {
        const answer = handler as unknown as (context: HandlerContext<RouteName>) => Promise<PiecewiseAnswer>;
        return sendPieces(await answer(context), reply, { ...deps, caller, stop, requestId: request.id });
      }
      const answer = await handler(context);
      void reply.code(route.status ?? 200).header("cache-control", "no-store");
      return route.status === 204 ? reply.send() : reply.send(answer);
    },
  });
}

/** The token of a route that checks its own kind. */
function ownToken(route: Route, { headers }: FastifyRequest): string | undefined {
  if (route.permission !== "own-token") return undefined;
  if (route.tokenHeader === undefined) return bearerOf(headers.authorization);
  const value = headers[route.tokenHeader];
  return typeof value === "string" ? value : undefined;
}

function setSecurityHeaders(reply: FastifyReply, isTls: boolean): void {
  void reply.headers({
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    ...(isTls ? { "strict-transport-security": "max-age=31536000" } : {}),
  });
}

/** What is no HTTP, is too large or comes too slowly never becomes a request; it gets the same shape of answer. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) return void socket.destroy();
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const { code, message } = new MusterError("BAD_REQUEST");
  const body = JSON.stringify({ error: { code, message, requestId: "-" } });
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const answer = errorAnswer(error, request.id, log);
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, "cache-control": "no-store" })
    .send(answer.body);
}
