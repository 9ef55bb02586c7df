import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { deadline, MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import type { RouteAnswer, RouteInput, RouteName } from "@muster/protocol";
import { openConnection, unreachable } from "./connection.ts";
import type { Trust } from "./connection.ts";
import { refusalFrom } from "./hub-refusal.ts";
import { refusalText, wholeAnswer } from "./streamed-answer.ts";

/** How long one request may take from connecting to the last byte. An action on a server is waited for at the hub, so it is generous. */
const REQUEST_DEADLINE_MS = 60_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Who asks: a bearer token, or the session of a sign-in that is being made. */
export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "session"; readonly cookie: string; readonly csrfToken: string };

export interface HubClientConfig {
  readonly url: URL;
  readonly trust: Trust;
  readonly credential: Credential;
}

type Given<N extends RouteName> = {
  readonly [K in keyof RouteInput<N> as undefined extends RouteInput<N>[K] ? never : K]: RouteInput<N>[K];
};

/** How one request is sent besides what its route says. */
export interface CallOptions {
  /** The same key and the same request have one effect, however often they are sent. */
  readonly idempotencyKey?: string;
  /** Ends the request; what it then throws is HUB_UNREACHABLE. */
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Called when the answer has begun, before its first part. */
  readonly opened?: () => void;
}

/** So that a hub whose machine vanished is noticed while its answer has nothing to say. */
const KEEP_ALIVE_MS = 15_000;

type GivenArguments<N extends RouteName> =
  Record<never, never> extends Given<N>
    ? [given?: Given<N>, options?: CallOptions]
    : [given: Given<N>, options?: CallOptions];

/** A request as it goes out. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer together with the cookies it sets; only sign-in cares for those. */
export interface AnswerWithCookies<N extends RouteName> {
  readonly answer: RouteAnswer<N>;
  readonly cookies: readonly string[];
}

/** The hub's HTTP API, typed by its route table. The name of a route carries its method and path, so no schema is loaded. */
export class HubClient {
  readonly config: HubClientConfig;
  readonly #clock: Clock;

  constructor(config: HubClientConfig, deps: { readonly clock: Clock }) {
    this.config = config;
    this.#clock = deps.clock;
  }

  /** The answer of a route. Throws HubRefusal for what the hub refuses, HUB_UNREACHABLE, or CertificateNotTrusted. */
  async call<N extends RouteName>(route: N, ...given: GivenArguments<N>): Promise<RouteAnswer<N>> {
    return (await this.callWithCookies(route, ...given)).answer;
  }

  async callWithCookies<N extends RouteName>(
    route: N,
    ...[given, options = {}]: GivenArguments<N>
  ): Promise<AnswerWithCookies<N>> {
    const { idempotencyKey } = options;
    const asked: Asked = {
      ...describeRequest(route, given ?? {}),
      headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
    };
    const limit = deadline(this.#clock, REQUEST_DEADLINE_MS, options.signal);
    try {
      const { status, headers, text } = await this.#exchange(asked, limit.signal);
      if (status < 200 || status > 299) throw refusalFrom(status, text, retryAfterSeconds(headers));
      return { answer: readAnswer(text, this.config.url) as RouteAnswer<N>, cookies: headers["set-cookie"] ?? [] };
    } finally {
      limit.done();
    }
  }

  /**
   * The parts of an answer that comes piece by piece, as bytes and without a limit in time. Throws as `call`, and
   * HUB_UNREACHABLE where the answer is cut off. Leaving the loop ends the request.
   */
  async *stream<N extends RouteName>(
    route: N,
    given: Given<N>,
    { signal, opened }: StreamOptions = {},
  ): AsyncGenerator<Buffer, void, undefined> {
    const { url, trust } = this.config;
    const limit = deadline(this.#clock, REQUEST_DEADLINE_MS, signal);
    try {
      const socket = await openConnection(url, trust, limit.signal);
      const leave = (): void => void socket.destroy();
      try {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        const response = await this.#send(socket, { ...describeRequest(route, given), headers: {} }, limit.signal);
        if (response.statusCode !== 200)
          throw refusalFrom(response.statusCode ?? 0, await refusalText(response), retryAfterSeconds(response.headers));
        limit.done();
        if (signal?.aborted) return;
        signal?.addEventListener("abort", leave, { once: true });
        opened?.();
        yield* wholeAnswer(response);
      } finally {
        signal?.removeEventListener("abort", leave);
        socket.destroy();
      }
    } finally {
      limit.done();
    }
  }

  async #exchange(asked: Asked, signal: AbortSignal) {
    const { url, trust } = this.config;
    const socket = await openConnection(url, trust, signal);
    try {
      const response = await this.#send(socket, asked, signal);
      const text = await readText(response).catch((error: unknown) => {
        throw unreachable(url, signal.aborted ? signal.reason : error);
      });
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    } finally {
      socket.destroy();
    }
  }

  /** Resolves with the head of the answer. */
  #send(socket: Socket, { method, path, body, headers }: Asked, signal: AbortSignal): Promise<IncomingMessage> {
    const { url } = this.config;
    return new Promise((resolve, reject) => {
      const asked = request({
        method,
        path: `${url.pathname.replace(/\/$/, "")}${path}`,
        // The socket is open and its peer judged already; plain `http` only writes on it.
        createConnection: () => socket,
        signal,
        headers: {
          host: url.host,
          accept: "application/json",
          connection: "close",
          "user-agent": "muster-cli",
          ...this.#credentialHeaders(),
          ...headers,
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        },
      });
      asked.on("error", (error) => reject(unreachable(url, signal.aborted ? signal.reason : error)));
      asked.on("response", resolve);
      asked.end(body);
    });
  }

  #credentialHeaders(): Record<string, string> {
    const { credential, url } = this.config;
    if (credential.kind === "token") return { authorization: `Bearer ${credential.token}` };
    // A session is a browser's credential, so the hub wants to see its own origin and the session's token.
    if (credential.kind === "session")
      return { cookie: credential.cookie, origin: url.origin, "x-muster-csrf": credential.csrfToken };
    return { origin: url.origin };
  }
}

/** Method, path with its parameters and query filled in, and the body as text. */
export function describeRequest(
  route: string,
  given: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown },
): { readonly method: string; readonly path: string; readonly body: string | undefined } {
  const [method = "", pattern = ""] = route.split(" ");
  const params = (given.params ?? {}) as Record<string, string>;
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((given.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return {
    method,
    path: query.size > 0 ? `${path}?${query.toString()}` : path,
    body: given.body === undefined ? undefined : JSON.stringify(given.body),
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(text: string, url: URL): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MusterError("HUB_UNREACHABLE", { message: `What answers at ${url.origin} is not a Muster hub.` }, error);
  }
}

function retryAfterSeconds(headers: IncomingMessage["headers"]): number | undefined {
  const seconds = Number(headers["retry-after"]);
  return headers["retry-after"] !== undefined && Number.isFinite(seconds) ? seconds : undefined;
}
