import { deadline, PullTextError } from "@muster/core";
import { parseHttpUrl, targetText } from "@muster/node-kit";
import type { EgressAnswer, EgressFailure } from "@muster/node-kit";
import { PullFailure } from "./pull-adapter.ts";
import type { PullConfig, PullDeps } from "./pull-adapter.ts";

const BODY_BYTES_MAX = 1024 * 1024;
/** For a text that grows with the machine and is read letter by letter; of JSON so much would hold everybody up. */
export const LIST_BYTES_MAX = 8 * 1024 * 1024;

type Headers = Readonly<Record<string, string>>;

export interface ReadOptions {
  readonly headers?: Headers;
  readonly bodyBytesMax?: number;
  /** JSON to ask with by POST, of servers that want it for questions, too. */
  readonly json?: unknown;
  /** One of many questions that one look asks (`EgressRequest.isFollowUp`). */
  readonly isFollowUp?: boolean;
}

/** An effect as it is asked for. */
export interface EffectRequest {
  readonly method: "GET" | "POST";
  readonly address: string;
  readonly headers: Headers;
  readonly json?: unknown;
}

/** What came of asking for an effect. `lost`: it may have happened; only looking tells. */
export type EffectAnswer =
  | { readonly is: "accepted"; readonly status: number }
  | { readonly is: "denied"; readonly detail: string }
  | { readonly is: "failed"; readonly status: number | undefined; readonly detail: string }
  | { readonly is: "lost"; readonly detail: string };

/** Failures of which nothing was sent for sure. */
const UNSENT: readonly EgressFailure[] = [
  ...(["not-valid", "blocked", "rate-limited", "name-not-found", "refused", "unreachable"] as const),
  ...(["certificate-expired", "certificate-name", "certificate-unknown", "tls"] as const),
];
/** What a proxy says that does not know what became of the request. */
const GATEWAY_STATUSES: readonly number[] = [408, 502, 503, 504];

/** Calls of one pulled server, by the rules that hold for all of them: bounded, without redirects, an effect never twice. */
export class PullClient {
  readonly #config: Pick<PullConfig, "url" | "timeoutMs">;
  readonly #deps: Pick<PullDeps, "egress" | "clock" | "account">;
  readonly #base: URL;
  /** Host and port, which name the box. */
  readonly box: string;

  constructor(config: Pick<PullConfig, "url" | "timeoutMs">, deps: Pick<PullDeps, "egress" | "clock" | "account">) {
    const parsed = parseHttpUrl(config.url);
    if (parsed === undefined)
      throw new PullFailure("address", "The address must begin with http:// or https:// and hold no password.");
    this.#config = config;
    this.#deps = deps;
    this.#base = parsed.url;
    this.box = targetText(parsed.target);
  }

  /** The address of a path below the base, which may have one itself; `path` may end in a query. */
  address(path: string, base = this.#base.pathname): string {
    return `${this.#base.origin}${base.replace(/\/+$/, "")}/${path}`;
  }

  get basePath(): string {
    return this.#base.pathname.replace(/\/+$/, "");
  }

  /** The body of a good answer. A connection that was cut is tried once more. Throws PullFailure. */
  async read(path: string, options: ReadOptions, signal: AbortSignal): Promise<string> {
    return this.bodyOf(await this.look(this.address(path), options, signal));
  }

  /** Any answer to a question without effect. Throws PullFailure when there is none. */
  async look(address: string, options: ReadOptions, signal: AbortSignal): Promise<Answered> {
    const method = options.json === undefined ? "GET" : "POST";
    let answer = await this.#ask(method, address, options, signal);
    if (!answer.ok && answer.failure === "reset" && !signal.aborted)
      answer = await this.#ask(method, address, options, signal);
    if (!answer.ok) throw new PullFailure("reach", `${this.box} could not be read: ${answer.detail}.`);
    return answer;
  }

  /** Throws PullFailure unless the answer is good and whole. */
  bodyOf({ status, body, isTruncated }: Answered): string {
    if (status === 401 || status === 403)
      throw new PullFailure("sign-in", `${this.box} does not let us in (${status}): check the password or token.`);
    if (status >= 300 && status < 400)
      throw new PullFailure(
        "answer",
        `${this.box} redirects (${status}), which is not followed: enter the address behind it.`,
      );
    if (status === 404)
      throw new PullFailure("answer", `${this.box} has no such page (404): check kind, port and path of the address.`);
    if (status < 200 || status >= 300)
      throw new PullFailure("answer", `${this.box} answers with an error (${status}); look at its own log.`);
    if (isTruncated)
      throw new PullFailure(
        "answer",
        `${this.box} answers with more than is read (${body.length} bytes); check kind and port.`,
      );
    return body.toString("utf8");
  }

  /** Asks for an effect, once. Never throws. */
  async effect({ method, address, ...options }: EffectRequest, signal: AbortSignal): Promise<EffectAnswer> {
    const answer = await this.#ask(method, address, options, signal);
    if (!answer.ok) {
      const is = UNSENT.includes(answer.failure) ? "failed" : "lost";
      return { is, status: undefined, detail: `${this.box}: ${answer.detail}` };
    }
    const { status } = answer;
    if (status >= 200 && status < 300) return { is: "accepted", status };
    if (status === 401 || status === 403) return { is: "denied", detail: `${this.box} does not let us (${status})` };
    if (GATEWAY_STATUSES.includes(status))
      return { is: "lost", detail: `${this.box}: no answer came through (${status})` };
    return { is: "failed", status, detail: `${this.box} answered with ${status}` };
  }

  async #ask(
    method: "GET" | "POST",
    url: string,
    { headers = {}, bodyBytesMax = BODY_BYTES_MAX, json, isFollowUp = false }: ReadOptions,
    signal: AbortSignal,
  ): Promise<EgressAnswer> {
    const { egress, clock, account } = this.#deps;
    const passage = { purpose: "pull", opened: [this.box], ...(account !== undefined && { account }) } as const;
    const sent =
      json === undefined
        ? { headers }
        : { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(json) };
    const limit = deadline(clock, this.#config.timeoutMs, signal);
    try {
      return await egress.request({ ...passage, ...sent, url, method, bodyBytesMax, isFollowUp }, limit.signal);
    } finally {
      limit.done();
    }
  }
}

type Answered = Extract<EgressAnswer, { readonly ok: true }>;

/** What a parser makes of an answer. Throws PullFailure where it throws PullTextError. */
export function understood<T>(box: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PullTextError)) throw error;
    throw new PullFailure("understand", `What ${box} says cannot be used: ${error.message}.`);
  }
}

/** Credentials go into a header, which takes printable characters only. Throws PullFailure. */
export function headerOf(name: "authorization" | "cookie", value: string): Headers {
  if (!/^[\x20-\x7e]{1,4000}$/.test(value))
    throw new PullFailure("address", "The password or token has characters that cannot be sent.");
  return { [name]: value };
}

/** The header of HTTP Basic for `user:password`, none where there is no secret. Throws PullFailure. */
export const basicHeaders = (secret = ""): Headers =>
  secret === "" ? {} : headerOf("authorization", `Basic ${Buffer.from(secret, "utf8").toString("base64")}`);
