import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import { deadline, MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import type { ContentType } from "@muster/protocol";
import type { FastifyReply } from "fastify";
import type { AccessChange, AccessEvents } from "../access/access-events.ts";
import type { Caller } from "./doors.ts";
import { PIECEWISE_TIME_MS_MAX } from "./limits.ts";

/** An answer that is never whole in memory, or that whole would hold up everybody else. */
export interface PiecewiseAnswer {
  readonly contentType: ContentType;
  /** Makes it a download; plain letters, digits, `_`, `-` and `.` only. */
  readonly fileName?: string;
  /** Texts; an empty one only lets the answer begin. Read as fast as they are taken. It is returned or has ended once nobody reads any more. */
  readonly pieces: AsyncIterator<string, void, undefined>;
}

export interface SendingDeps {
  readonly caller: Caller | undefined;
  /** What the pieces are made under: aborted here when the caller may not have them any more, or took too long. */
  readonly stop: AbortController;
  readonly requestId: string;
  readonly events: AccessEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Sends the pieces with back-pressure. What fails before the first of them is thrown, so that it is answered as any
 * error; what fails later cuts the connection, which a reader cannot take for the end.
 */
export async function sendPieces(
  { contentType, fileName, pieces }: PiecewiseAnswer,
  reply: FastifyReply,
  { caller, stop, requestId, events, clock, log }: SendingDeps,
): Promise<FastifyReply> {
  const limit = deadline(clock, PIECEWISE_TIME_MS_MAX);
  const unlisten = events.listen((change) => {
    if (caller && concerns(change, caller)) stop.abort(new MusterError("UNAUTHENTICATED"));
  });
  limit.signal.addEventListener("abort", () => stop.abort(new MusterError("QUERY_TIMED_OUT")), { once: true });
  const done = (): void => {
    limit.done();
    unlisten();
  };
  let first: IteratorResult<string, void> | undefined;
  try {
    first = await pieces.next();
  } catch (error) {
    done();
    throw error;
  }
  const next = async (): Promise<IteratorResult<string, void>> => {
    const piece = first ?? (await pieces.next());
    first = undefined;
    return piece;
  };
  const body = Readable.from({ [Symbol.asyncIterator]: () => ({ next, return: () => pieces.return!() }) });
  // Somebody who does not read does not ask for the next piece either, so the stream must be told.
  stop.signal.addEventListener("abort", () => body.destroy(asError(stop.signal.reason)), { once: true });
  body.on("error", (error) => {
    if (reply.raw.destroyed) return;
    log.warn("an answer was cut off", { requestId, error });
    cut(reply.raw.socket);
  });
  body.once("close", done);
  if (fileName !== undefined) void reply.header("content-disposition", `attachment; filename="${fileName}"`);
  return reply.code(200).header("cache-control", "no-store").type(`${contentType}; charset=utf-8`).send(body);
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/**
 * HTTP/1.0, which some proxies speak to what is behind them, knows no end but that of the connection. A reset is none; of
 * TLS a connection that ends without saying so is none either.
 */
function cut(socket: Socket | null): void {
  if (socket !== null && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
}

/** Whoever lost a session, a token or a right asks anew; what is under way was allowed under the old ones. */
export function concerns(change: AccessChange, { actor }: Pick<Caller, "actor">): boolean {
  switch (change.is) {
    case "user-changed":
      return change.userId === actor.user.id;
    case "session-ended":
      return actor.kind === "session" && actor.sessionId === change.sessionId;
    case "token-revoked":
      return actor.kind === "token" && actor.tokenId === change.tokenId;
  }
}
