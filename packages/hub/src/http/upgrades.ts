import { STATUS_CODES } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { ERRORS, MusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { AGENT_LIMITS, AGENT_PATH, AGENT_SUBPROTOCOL, LIVE_FRAME_BYTES_MAX, LIVE_PATH } from "@muster/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { throttleAddress } from "../access/throttle.ts";
import type { Throttle } from "../access/throttle.ts";
import type { ClientAddress } from "./client-address.ts";
import type { CompatSockets } from "./compat/compat-sockets.ts";
import type { Doors } from "./doors.ts";
import { ADDRESS_LIMIT } from "./limits.ts";
import type { LiveHub } from "./live/live-hub.ts";
import type { Origins } from "./origins.ts";

export interface UpgradeDeps {
  readonly doors: Doors;
  readonly origins: Origins;
  readonly addresses: ClientAddress;
  readonly throttle: Throttle;
  /** Who takes an agent's fresh connection. */
  readonly agents: { accept(socket: WebSocket, address: string): void };
  readonly live: LiveHub;
  readonly compat: CompatSockets;
  readonly log: Logger;
}

/** Takes WebSocket upgrades: agents, which bring no cookie and no Origin, and browsers, which must bring both. */
export function acceptUpgrades(server: Server, deps: UpgradeDeps): void {
  const options = { noServer: true, perMessageDeflate: false, clientTracking: false } as const;
  const agentSockets = new WebSocketServer({
    ...options,
    maxPayload: AGENT_LIMITS.frameBytesMax,
    handleProtocols: (offered) => (offered.has(AGENT_SUBPROTOCOL) ? AGENT_SUBPROTOCOL : false),
  });
  const liveSockets = new WebSocketServer({ ...options, maxPayload: LIVE_FRAME_BYTES_MAX });

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const address = deps.addresses.of(request);
    const waitMs = deps.throttle.take(ADDRESS_LIMIT, [`all ${throttleAddress(address)}`]);
    if (waitMs !== undefined) throw new MusterError("RATE_LIMITED");
    if (request.url === AGENT_PATH) {
      if (request.headers.origin !== undefined || request.headers.cookie !== undefined)
        throw new MusterError("WRONG_ORIGIN");
      return agentSockets.handleUpgrade(request, socket, head, (opened) => deps.agents.accept(opened, address));
    }
    const admitted = await deps.compat.admit(request);
    if (admitted !== undefined)
      return liveSockets.handleUpgrade(request, socket, head, (opened) => admitted(opened, address));
    if (request.url !== LIVE_PATH) throw new MusterError("NOT_FOUND");
    deps.doors.checkHost(request);
    const problem = deps.origins.crossSiteProblem(request.headers);
    if (problem !== undefined) throw new MusterError("WRONG_ORIGIN");
    const caller = await deps.doors.caller(request);
    const cookie = caller?.cookie;
    if (caller?.actor.kind !== "session" || cookie === undefined) throw new MusterError("UNAUTHENTICATED");
    const { actor } = caller;
    const from = throttleAddress(address);
    if (!deps.live.hasRoom(actor.user.id, from)) throw new MusterError("RATE_LIMITED");
    liveSockets.handleUpgrade(request, socket, head, (opened) =>
      deps.live.accept(opened, { actor, cookie, address: from }),
    );
  };

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    upgrade(request, socket, head).catch((error: unknown) => {
      const known = error instanceof MusterError ? error : new MusterError("INTERNAL", {}, error);
      if (known.code === "INTERNAL") deps.log.error("an upgrade failed", { error });
      refuse(socket, known);
    });
  });
}

function refuse(socket: Duplex, error: MusterError): void {
  const { status } = ERRORS[error.code];
  const body = JSON.stringify({ error: { code: error.code, message: error.message, requestId: "-" } });
  // Whoever was refused does not get to keep the connection open.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
