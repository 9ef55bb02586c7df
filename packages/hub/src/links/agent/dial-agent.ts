import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { deadline } from "@muster/core";
import type { Clock } from "@muster/core";
import { EGRESS_FAILURES, failureOf, parseHttpUrl, targetText, tlsPeerOf } from "@muster/node-kit";
import type { Egress, TlsPeer } from "@muster/node-kit";
import { AGENT_LIMITS, AGENT_PATH, AGENT_SUBPROTOCOL, HANDSHAKE_TIMEOUT_MS } from "@muster/protocol";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";

/** `socket` is paused: resume it when somebody listens. `isReached`: something is there, and does not speak as an agent. */
export type DialAnswer =
  | {
      readonly ok: true;
      readonly socket: WebSocket;
      readonly tls: TlsPeer;
      readonly address: string;
      readonly roundTripMs: number;
    }
  | { readonly ok: false; readonly isReached: boolean; readonly detail: string };

/**
 * Connects to where an agent waits, `ws://host:port` or `wss://host:port`, by the one way out. Never throws. Nothing is
 * proved by it: who answers, the handshake finds out. `account`: the server whose configured link this is.
 */
export async function dialAgent(
  { dial, account }: { readonly dial: string; readonly account?: string },
  { egress, clock }: { readonly egress: Egress; readonly clock: Clock },
  signal: AbortSignal,
): Promise<DialAnswer> {
  const limit = deadline(clock, HANDSHAKE_TIMEOUT_MS, signal);
  try {
    const parsed = parseHttpUrl(dial.replace(/^ws/i, "http"));
    if (parsed === undefined) return { ok: false, isReached: false, detail: EGRESS_FAILURES["not-valid"] };
    const { url, target } = parsed;
    // An administrator named exactly this place.
    const passage = { purpose: "agent", opened: [targetText(target)], ...target } as const;
    const connected = await egress.connect({ ...passage, ...(account !== undefined && { account }) }, limit.signal);
    if (!connected.ok) return { ok: false, isReached: false, detail: connected.detail };
    const { socket: connection, address, durationMs: roundTripMs } = connected;
    try {
      const { socket, tls } = await upgraded(url, connection, limit.signal);
      return { ok: true, socket, tls, address, roundTripMs };
    } catch (error) {
      connection.destroy();
      const failure = failureOf(error);
      const detail = failure === "failed" ? "what answers there is not an agent" : EGRESS_FAILURES[failure];
      return { ok: false, isReached: true, detail };
    }
  } finally {
    limit.done();
  }
}

function upgraded(
  { protocol, host }: URL,
  connection: Socket,
  signal: AbortSignal,
): Promise<{ readonly socket: WebSocket; readonly tls: TlsPeer }> {
  return new Promise((resolve, reject) => {
    const isSecure = protocol === "https:";
    const options: ClientOptions & { readonly socket?: Socket } = {
      perMessageDeflate: false,
      maxPayload: AGENT_LIMITS.frameBytesMax,
      followRedirects: false,
      // Who this is, the agent's own proof says, which names the TLS key with which it listens (PR92).
      ...(isSecure
        ? { socket: connection, rejectUnauthorized: false, minVersion: "TLSv1.2" }
        : { createConnection: () => connection }),
    };
    const socket = new WebSocket(`${isSecure ? "wss" : "ws"}://${host}${AGENT_PATH}`, [AGENT_SUBPROTOCOL], options);
    let tls: TlsPeer = { is: "none" };
    const abort = (): void => socket.terminate();
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("upgrade", (response: IncomingMessage) => {
      tls = tlsPeerOf(response.socket);
    });
    // Without a listener a later error would end the hub.
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(signal.aborted ? (signal.reason as Error) : error);
    });
    socket.once("open", () => {
      signal.removeEventListener("abort", abort);
      socket.pause();
      resolve({ socket, tls });
    });
  });
}
