import { LoginPause, PullTextError } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import type { EgressAnswer, PeerCertificate } from "@muster/node-kit";
import type { ProbeWay } from "./probe-kind.ts";

/** What a panel's client must know of one product. */
export interface PanelDialect {
  readonly title: string;
  /** Of a credential in every request: the token of a sign-in, or one that a person made. */
  headersOf(token: string, kind: "signed-in" | "made"): Readonly<Record<string, string>>;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly login: {
    readonly path: string;
    readonly contentType: string;
    body(user: string, password: string): string;
    /** Undefined where the answer has none. May throw PullTextError. */
    tokenOf(text: string): string | undefined;
  };
}

export interface PanelAccess {
  readonly url: string;
  readonly user: string;
  readonly signIn: string;
  readonly ca: string;
}

/**
 * What came of one request. `signed-out`: the panel does not let us in, and it was or will not be tried again now.
 * `denied`: we are in, and have no right to this. `lost`: it was sent, and what came of it is not known.
 */
export type PanelAnswer =
  | {
      readonly is: "ok";
      readonly text: string;
      /** The panel's own clock; ours where it does not tell. */
      readonly at: Instant;
      readonly tookMs: number;
      readonly certificate: PeerCertificate | undefined;
    }
  | { readonly is: "signed-out" | "denied" | "failed" | "lost"; readonly why: string };

const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** The request has not left, so nobody has seen a password. */
const NOT_SENT: readonly string[] = [
  ...["not-valid", "blocked", "rate-limited", "name-not-found", "refused", "unreachable"],
  ...["certificate-expired", "certificate-name", "certificate-unknown", "tls"],
];

type Token = { readonly ok: true; readonly token: string } | { readonly ok: false; readonly answer: PanelAnswer };

/**
 * Speaks to one panel. It signs in only when it must: a token is kept until the panel refuses it. A refused sign-in is
 * never repeated by this client, because some panels post the tried password into their owner's chat; an unclear one is
 * after a growing pause. Another client is made when the settings or the secret change.
 */
export class PanelClient {
  readonly #access: PanelAccess;
  readonly #dialect: PanelDialect;
  readonly #secret: string | undefined;
  readonly #way: ProbeWay;
  readonly #clock: Clock;
  readonly #pause = new LoginPause();
  #token: string | undefined;
  #login: Promise<Token> | undefined;
  /** Why it is not tried again. */
  #refused: string | undefined;

  constructor(
    access: PanelAccess,
    dialect: PanelDialect,
    { way, clock, secret }: { readonly way: ProbeWay; readonly clock: Clock; readonly secret: string | undefined },
  ) {
    this.#access = access;
    this.#dialect = dialect;
    this.#secret = secret;
    this.#way = way;
    this.#clock = clock;
  }

  get(path: string, signal: AbortSignal): Promise<PanelAnswer> {
    return this.#ask("GET", path, undefined, signal);
  }

  /** Something with an effect: it is sent once. Only where the panel refused the token is it sent again, with a new one. */
  send(method: "POST" | "PUT", path: string, body: object | undefined, signal: AbortSignal): Promise<PanelAnswer> {
    return this.#ask(method, path, body, signal);
  }

  async #ask(method: "GET" | "POST" | "PUT", path: string, body: object | undefined, signal: AbortSignal) {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#credential(signal);
      if (!found.ok) return found.answer;
      const { token } = found;
      const answer = await this.#exchange(
        method,
        path,
        {
          ...this.#dialect.headersOf(token, this.#signsIn ? "signed-in" : "made"),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body === undefined ? undefined : JSON.stringify(body),
        signal,
      );
      if (answer.ok && answer.status === 401) {
        if (this.#token === token) this.#token = undefined;
        if (this.#signsIn && attempt === 1) continue;
        return this.#shutOut(
          this.#signsIn
            ? "the panel refuses the token that it has just given"
            : "the panel refuses the token: it is wrong, has expired or was revoked",
        );
      }
      if (answer.ok && answer.status < 300) this.#pause.accepted();
      return this.#read(answer, method !== "GET");
    }
  }

  get #signsIn(): boolean {
    return this.#access.signIn === "password";
  }

  async #credential(signal: AbortSignal): Promise<Token> {
    const stopped = this.#stopped();
    if (stopped !== undefined) return { ok: false, answer: { is: "signed-out", why: stopped } };
    if (this.#secret === undefined) return { ok: false, answer: { is: "signed-out", why: "a secret is needed" } };
    if (!this.#signsIn) return { ok: true, token: this.#secret };
    if (this.#token !== undefined) return { ok: true, token: this.#token };
    if (this.#access.user === "")
      return { ok: false, answer: { is: "signed-out", why: "the user name that belongs to the password is needed" } };
    // A run and an act at one time sign in once.
    this.#login ??= this.#signIn(this.#access.user, this.#secret, signal).finally(() => (this.#login = undefined));
    return this.#login;
  }

  #stopped(): string | undefined {
    return this.#refused ?? this.#pause.sentence(this.#clock.monotonic());
  }

  async #signIn(user: string, password: string, signal: AbortSignal): Promise<Token> {
    const { path, contentType, body, tokenOf } = this.#dialect.login;
    const answer = await this.#exchange("POST", path, { "content-type": contentType }, body(user, password), signal);
    if (!answer.ok && NOT_SENT.includes(answer.failure))
      return { ok: false, answer: { is: "failed", why: answer.detail } };
    if (answer.ok && isRefusal(answer.status)) {
      this.#refused =
        answer.status === 404 || answer.status === 405
          ? `there is no sign-in of ${this.#dialect.title} at this address; it is not tried again until the settings change`
          : `the panel refuses the user name or the password (${answer.status}); it is not tried again until the settings change`;
      return { ok: false, answer: { is: "signed-out", why: this.#refused } };
    }
    const read = this.#read(answer, false);
    try {
      const token = read.is === "ok" ? tokenOf(read.text) : undefined;
      if (token !== undefined) {
        this.#token = token;
        return { ok: true, token };
      }
      const why = read.is === "ok" ? "the answer has no token" : read.why;
      return { ok: false, answer: this.#shutOut(`signing in did not succeed: ${why}`) };
    } catch (error) {
      if (!(error instanceof PullTextError)) throw error;
      return { ok: false, answer: this.#shutOut(`signing in did not succeed: ${error.message}`) };
    }
  }

  /** Nothing is tried for a while, which grows as long as nothing goes well. */
  #shutOut(why: string): PanelAnswer {
    this.#pause.refused(this.#clock.monotonic(), why);
    return { is: "signed-out", why: this.#stopped() ?? why };
  }

  #exchange(
    method: "GET" | "POST" | "PUT",
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<EgressAnswer> {
    const { url, ca } = this.#access;
    return this.#way.request(
      {
        url: url.replace(/[?#].*$/s, "").replace(/\/+$/, "") + path,
        method,
        headers: { accept: "application/json", "user-agent": "muster-probe", ...this.#dialect.headers, ...headers },
        bodyBytesMax: BODY_BYTES_MAX,
        ...(body !== undefined && { body }),
        ...(ca !== "" && { ca }),
      },
      signal,
    );
  }

  #read(answer: EgressAnswer, hasEffect: boolean): PanelAnswer {
    const { title } = this.#dialect;
    if (!answer.ok)
      return {
        is: hasEffect && !NOT_SENT.includes(answer.failure) ? "lost" : "failed",
        why: answer.failure === "reset" ? `${answer.detail} instead of an answer` : answer.detail,
      };
    const { status } = answer;
    if (status === 403) return { is: "denied", why: "the panel denies it (403)" };
    if (status === 404 || status === 405)
      return { is: "failed", why: `there is no such thing (${status}); is this ${title}, in a version that has it?` };
    if (status === 429) return { is: "failed", why: "the panel is asked too often (429)" };
    if (status >= 500)
      return {
        is: hasEffect && status !== 503 ? "lost" : "failed",
        why:
          status >= 502 && status <= 504
            ? `the panel does not answer what stands before it (${status}): it is starting, or down`
            : `the panel has an error of its own (${status}); its log says more`,
      };
    if (status >= 300 && status < 400)
      return { is: "failed", why: `the panel redirects (${status}); enter the address that it redirects to` };
    if (status >= 400) return { is: "failed", why: `the panel refuses the request (${status})` };
    if (answer.isTruncated) return { is: hasEffect ? "lost" : "failed", why: "the answer is longer than 8 MiB" };
    const told = typeof answer.headers["date"] === "string" ? Date.parse(answer.headers["date"]) : Number.NaN;
    return {
      is: "ok",
      text: answer.body.toString("utf8"),
      at: Number.isFinite(told) ? told : this.#clock.now(),
      tookMs: answer.durationMs,
      certificate: answer.certificate,
    };
  }
}

/** The panel has looked at what was sent, and does not take it. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && ![408, 425, 429].includes(status);
