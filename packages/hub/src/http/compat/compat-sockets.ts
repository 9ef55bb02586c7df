import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isRight, MusterError } from "@muster/core";
import type { Right } from "@muster/core";
import type { WebSocket } from "ws";
import type { AccessEvents } from "../../access/access-events.ts";
import type { SessionStore } from "../../access/sessions.ts";
import type { LogAccess } from "../../logs/log-access.ts";
import type { Caller, Doors } from "../doors.ts";
import type { Handlers } from "../handler.ts";
import { LIVE_SOCKETS_PER_USER_MAX } from "../limits.ts";
import { LIVE_CLOSE } from "../live/paced-socket.ts";
import type { Origins } from "../origins.ts";
import { concerns } from "../piecewise.ts";
import { COMPAT_PATHS } from "./compat-table.ts";
import type { CompatPath } from "./compat-table.ts";
import { feedLog } from "./log-feed.ts";
import { routeCall } from "./route-call.ts";
import { SocketClient } from "./socket-client.ts";
import { StatusFeed } from "./status-feed.ts";
import type { StatusFeedDeps } from "./status-feed.ts";

export interface CompatSocketDeps extends StatusFeedDeps {
  readonly sessions: SessionStore;
  readonly events: AccessEvents;
  readonly logs: LogAccess;
  readonly doors: Doors;
  readonly origins: Origins;
  /** Our own routes, by which a socket finds what it is asked for. */
  readonly handlers: () => Handlers;
}

interface SocketPath {
  readonly at: CompatPath;
  readonly pattern: RegExp;
}

const SOCKET_PATHS: readonly SocketPath[] = COMPAT_PATHS.filter(({ method }) => method === "WS").map((at) => ({
  at,
  pattern: new RegExp(`^${at.path.replace(/\{\w+\}/g, "([A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199})")}$`),
}));

/** The WebSockets of other systems. Whoever opens one is judged before it opens, and as long as it is open. */
export class CompatSockets {
  readonly #deps: CompatSocketDeps;
  readonly #status: StatusFeed;
  readonly #clients = new Set<SocketClient>();

  constructor(deps: CompatSocketDeps) {
    this.#deps = deps;
    this.#status = new StatusFeed(deps);
    deps.events.listen((change) => {
      for (const client of this.#clients) if (concerns(change, client)) void client.recheck();
    });
  }

  /**
   * What to do with an upgrade at one of these paths, once it is opened; undefined for any other path. Throws WRONG_HOST,
   * WRONG_ORIGIN, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED.
   */
  async admit(request: IncomingMessage): Promise<((socket: WebSocket, address: string) => void) | undefined> {
    const found = SOCKET_PATHS.find(({ pattern }) => pattern.test(request.url ?? ""));
    if (found === undefined) return undefined;
    const { doors, origins } = this.#deps;
    doors.checkHost(request);
    const isBearing = request.headers.authorization !== undefined;
    // A browser sends its cookie from any page; only a token shows that whoever asks means it.
    if (!isBearing && request.headers.cookie !== undefined && origins.crossSiteProblem(request.headers) !== undefined)
      throw new MusterError("WRONG_ORIGIN");
    const caller = await doors.caller(request, "any-case");
    const permissions = found.at.door?.permissions ?? [];
    for (const permission of permissions) doors.checkPermission(permission, caller);
    if (caller === undefined) throw new MusterError("UNAUTHENTICATED");
    const { id } = caller.actor.user;
    if ([...this.#clients].filter(({ actor }) => actor.user.id === id).length >= LIVE_SOCKETS_PER_USER_MAX)
      throw new MusterError("RATE_LIMITED");
    return (socket, address) => {
      const rights = permissions.filter((permission): permission is Right => isRight(permission));
      const client = new SocketClient(socket, caller.actor, {
        ...{ clock: this.#deps.clock, rights },
        actorNow: () => this.#actorNow(caller, request),
        ended: (ended) => void this.#clients.delete(ended),
      });
      this.#clients.add(client);
      // The session may have ended between the look at it and now, when nobody would have told this socket.
      void client.recheck();
      if (found.at.tongue === "s2") return this.#status.add(client);
      const handle = found.pattern.exec(request.url ?? "")?.[1] ?? "";
      const bearing = { caller, bearer: undefined, address, requestId: randomUUID(), idempotencyKey: undefined };
      const call = routeCall(
        { handlers: this.#deps.handlers(), doors },
        { ...bearing, signal: client.signal, setCookie: () => undefined },
      );
      void feedLog(client, handle, { ...this.#deps, call });
    };
  }

  closeAll(): void {
    for (const client of this.#clients) client.close(LIVE_CLOSE.restarting, "the hub is stopping");
  }

  /** An open socket is no request, so it keeps no session from ending. */
  async #actorNow({ actor }: Caller, request: IncomingMessage): Promise<Caller["actor"] | undefined> {
    if (actor.kind === "session") return this.#deps.sessions.actorByHash(actor.sessionId, false);
    return (await this.#deps.doors.caller(request, "any-case"))?.actor;
  }
}
