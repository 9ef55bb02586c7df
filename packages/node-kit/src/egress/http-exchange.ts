import { Agent, request as requestPlain } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import type { LookupFunction, Socket } from "node:net";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectSecure } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Clock } from "@muster/core";
import { EgressRefusal } from "./failure.ts";
import { peerCertificate } from "./peer-certificate.ts";
import type { PeerCertificate } from "./peer-certificate.ts";

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly bodyBytesMax: number;
  /** Certificates of authorities to trust instead of the system's, PEM. */
  readonly ca: string | undefined;
  readonly lookup: LookupFunction;
  /** Throws when the peer may not be talked to; called as soon as it is connected. */
  readonly checkPeer: (address: string) => void;
  readonly clock: Clock;
  /** Who connects in place of this machine; then neither `lookup` nor `checkPeer` is asked. */
  readonly over: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
}

/** How long each part took, in milliseconds; null where there was no such part. */
export interface ExchangePhases {
  readonly nameMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From having asked to the first byte of the answer. */
  readonly firstByteMs: number | null;
  readonly restMs: number | null;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most `bodyBytesMax` of it. */
  readonly body: Buffer;
  readonly isTruncated: boolean;
  readonly phases: ExchangePhases;
  /** What the other side showed, where it is HTTPS. */
  readonly certificate: PeerCertificate | undefined;
}

const HEADER_BYTES_MAX = 16 * 1024;

/** One request and its answer over a connection of its own. Rejects with whatever went wrong. */
export async function exchange(options: Exchange, signal: AbortSignal): Promise<ExchangeAnswer> {
  const marks = new Marks(options.clock);
  signal.throwIfAborted();
  const stream = await options.over?.(signal);
  if (stream !== undefined) marks.set("connected");
  return exchangeOver(stream, marks, options, signal);
}

/** `stream`: a connection that is there already; undefined: one is made. */
function exchangeOver(
  stream: Duplex | undefined,
  marks: Marks,
  options: Exchange,
  signal: AbortSignal,
): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      stream?.destroy();
      return reject(signal.reason as Error);
    }
    const { url, method, headers, body, ca, lookup } = options;
    const isSecure = url.protocol === "https:";
    const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const requested: RequestOptions & { readonly ca?: string } = {
      host,
      port: url.port === "" ? (isSecure ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method,
      headers: { "accept-encoding": "identity", ...headers },
      // Connections are not shared: each is checked for its own purpose.
      ...(stream === undefined
        ? { agent: isSecure ? new SecureAgent({ keepAlive: false }) : new Agent({ keepAlive: false }), lookup }
        : { createConnection: () => (isSecure ? securedOver(stream, host, ca) : (stream as Socket)) }),
      maxHeaderSize: HEADER_BYTES_MAX,
      ...(isSecure && isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
    };
    const request = isSecure ? requestSecure(requested) : requestPlain(requested);
    const finish = (end: () => void): void => {
      signal.removeEventListener("abort", abort);
      end();
      request.destroy();
    };
    const abort = (): void => finish(() => reject(signal.reason as Error));
    signal.addEventListener("abort", abort, { once: true });
    let certificate: PeerCertificate | undefined;
    request.on("socket", (socket: Socket) => {
      socket.once("lookup", () => marks.set("named"));
      socket.once("connect", () => marks.set("connected"));
      socket.once("secureConnect", () => {
        marks.set("secured");
        certificate = peerCertificate(socket as TLSSocket);
      });
      if (stream !== undefined) return;
      // What was checked is what is connected to: also for an address that no name stood for.
      socket.once("connect", () => {
        try {
          options.checkPeer(socket.remoteAddress ?? "");
        } catch (error) {
          finish(() => reject(error as Error));
        }
      });
    });
    request.on("error", (error) => finish(() => reject(error)));
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      finish(() => reject(new EgressRefusal("not-http")));
    });
    request.on("response", (response) => {
      marks.set("answered");
      readBody(response, options.bodyBytesMax).then(
        ({ body: bytes, isTruncated }) =>
          finish(() =>
            resolve({
              ...{ status: response.statusCode ?? 0, headers: response.headers, body: bytes, isTruncated },
              ...{ phases: marks.phases(), certificate },
            }),
          ),
        (error: unknown) => finish(() => reject(error as Error)),
      );
    });
    request.end(body);
  });
}

type Mark = "named" | "connected" | "secured" | "answered";

/** TLS inside a connection that somebody else made. */
function securedOver(stream: Duplex, host: string, ca: string | undefined): TLSSocket {
  const names = isIP(host) === 0 ? { servername: host } : { host };
  return connectSecure({ socket: stream, ...names, ...(ca !== undefined && { ca }) });
}

/** When each part of an exchange was over. */
class Marks {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #at: Partial<Record<Mark, number>> = {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
  }

  set(mark: Mark): void {
    this.#at[mark] ??= this.#clock.monotonic();
  }

  phases(): ExchangePhases {
    const { named, connected, secured, answered } = this.#at;
    const since = (end: number | undefined, start: number | undefined): number | null =>
      end === undefined ? null : Math.max(0, end - (start ?? this.#startedMs));
    return {
      nameMs: since(named, undefined),
      connectMs: since(connected, named),
      tlsMs: since(secured, connected),
      firstByteMs: since(answered, secured ?? connected),
      restMs: since(this.#clock.monotonic(), answered),
    };
  }
}

async function readBody(
  response: IncomingMessage,
  bytesMax: number,
): Promise<{ readonly body: Buffer; readonly isTruncated: boolean }> {
  const chunks: Buffer[] = [];
  let roomBytes = bytesMax;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, roomBytes));
    roomBytes -= chunk.length;
    if (roomBytes < 0) return { body: Buffer.concat(chunks), isTruncated: true };
  }
  return { body: Buffer.concat(chunks), isTruncated: false };
}
