import { Agent, request as requestPlain } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import type { LookupFunction, Socket } from "node:net";
import { isIP } from "node:net";
import { EgressRefusal } from "./failure.ts";

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly bodyBytesMax: number;
  /** Certificates of authorities to trust instead of the system's, PEM. */
  readonly ca: string | undefined;
  readonly lookup: LookupFunction;
  /** Throws when the peer may not be talked to; called as soon as it is connected. */
  readonly checkPeer: (address: string) => void;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most `bodyBytesMax` of it. */
  readonly body: Buffer;
  readonly isTruncated: boolean;
}

const HEADER_BYTES_MAX = 16 * 1024;

/** One request and its answer over a connection of its own. Rejects with whatever went wrong. */
export function exchange(options: Exchange, signal: AbortSignal): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
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
      agent: isSecure ? new SecureAgent({ keepAlive: false }) : new Agent({ keepAlive: false }),
      lookup,
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
    request.on("socket", (socket: Socket) => {
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
      readBody(response, options.bodyBytesMax).then(
        ({ body: bytes, isTruncated }) =>
          finish(() =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, isTruncated }),
          ),
        (error: unknown) => finish(() => reject(error as Error)),
      );
    });
    request.end(body);
  });
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
