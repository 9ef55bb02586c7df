import { connect, isIP } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { deadline } from "@muster/core";
import { EGRESS_FAILURES, EgressRefusal, failureOf } from "./failure.ts";
import type { EgressFailure } from "./failure.ts";
import { Gate } from "./gate.ts";
import type { EgressDeps, Passage } from "./gate.ts";
import { exchange } from "./http-exchange.ts";
import type { ExchangeAnswer } from "./http-exchange.ts";
import { parseHttpUrl, parseTarget } from "./target.ts";
import type { EgressTarget } from "./target.ts";

export interface EgressRequest extends Passage {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** So much of the answer is read, 64 KiB unless told; the rest is not waited for. */
  readonly bodyBytesMax?: number;
  /** How many redirects are followed, at most 3; none unless told: then the redirect is the answer. */
  readonly redirectsMax?: number;
  /** Certificates of authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
  /**
   * Asked because this target has just answered, and no oftener than its answer and a bound of the caller say: no attempt
   * of its own.
   */
  readonly isFollowUp?: boolean;
  /**
   * Who connects in place of this machine, from another one. What addresses mean there is not known here, so exactly what
   * `opened` names is reached, and nothing else.
   */
  readonly over?: Over;
}

/** A connection from another machine to one of its neighbours. Rejects when there is none. */
export type Over = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

/** Why it failed, and the one sentence that may be told to anybody. */
export interface EgressFailed {
  readonly ok: false;
  readonly failure: EgressFailure;
  readonly detail: string;
  readonly durationMs: number;
}

export type EgressAnswer = ({ readonly ok: true; readonly durationMs: number } & ExchangeAnswer) | EgressFailed;

export type EgressConnection =
  | { readonly ok: true; readonly socket: Socket; readonly address: string; readonly durationMs: number }
  | EgressFailed;

export type EgressAddresses =
  | { readonly ok: true; readonly addresses: readonly string[]; readonly durationMs: number }
  | EgressFailed;

const BODY_BYTES_MAX = 64 * 1024;
const REDIRECTS_MAX = 3;
/** However long the caller would wait. */
const DURATION_MS_MAX = 60_000;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const HEADER_NAME = /^[A-Za-z0-9-]{1,64}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,4096}$/;

/**
 * The one way out (security.md 5): every request and connection that this program makes to others. Names are resolved
 * here, each address is checked as it is connected to, and what comes back is bounded. Never throws: what cannot be
 * reached is an answer.
 */
export class Egress {
  readonly #deps: EgressDeps;
  readonly #gate: Gate;

  constructor(deps: EgressDeps) {
    this.#deps = deps;
    this.#gate = new Gate(deps);
  }

  /** One HTTP request, over a connection of its own. */
  async request(request: EgressRequest, signal: AbortSignal): Promise<EgressAnswer> {
    return this.#timed(signal, async (limited) => ({ ok: true, ...(await this.#follow(request, limited)) }));
  }

  /** A TCP connection, for whoever speaks another language over it; the socket is the caller's to end. */
  async connect(
    { host, port, ...passage }: Passage & { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<EgressConnection> {
    return this.#timed(signal, async (limited) => {
      const target = parseTarget(host, port);
      if (target === undefined) throw new EgressRefusal("not-valid");
      this.#gate.count(passage, target);
      const addresses = await this.#gate.addresses(target, passage, limited);
      const socket = await connected(
        addresses.map(({ address }) => address),
        port,
        limited,
      );
      return { ok: true, socket, address: socket.remoteAddress ?? "" };
    });
  }

  /**
   * The addresses of a host, each of which was checked, for what is no connection of TCP, such as a question by UDP.
   * Whoever is given them asks no other.
   */
  async addresses(
    { host, port, ...passage }: Passage & { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<EgressAddresses> {
    return this.#timed(signal, async (limited) => {
      const target = parseTarget(host, port);
      if (target === undefined) throw new EgressRefusal("not-valid");
      this.#gate.count(passage, target);
      const found = await this.#gate.addresses(target, passage, limited);
      return { ok: true, addresses: found.map(({ address }) => address) };
    });
  }

  /** A connection from another machine, which finds the address itself; exactly what is opened is reached. */
  async connectOver(
    { host, port, over, ...passage }: Passage & { readonly host: string; readonly port: number; readonly over: Over },
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly socket: Duplex; readonly durationMs: number } | EgressFailed> {
    return this.#timed(signal, async (limited) => {
      const target = parseTarget(host, port);
      if (target === undefined) throw new EgressRefusal("not-valid");
      this.#gate.count(passage, target);
      this.#gate.checkOpened(target, passage);
      return { ok: true, socket: await dialled(over, target, limited) };
    });
  }

  async #follow(request: EgressRequest, signal: AbortSignal): Promise<ExchangeAnswer> {
    const { headers = {}, redirectsMax = 0, bodyBytesMax = BODY_BYTES_MAX, ca, over, isFollowUp = false } = request;
    let { url: text, method = "GET", body } = request;
    if (!Object.entries(headers).every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value)))
      throw new EgressRefusal("not-valid");
    const followed = Math.min(redirectsMax, REDIRECTS_MAX);
    let sent = headers;
    for (let count = 0; ; count++) {
      const parsed = parseHttpUrl(text);
      if (parsed === undefined) throw new EgressRefusal(count === 0 ? "not-valid" : "blocked");
      const { url, target } = parsed;
      if (!isFollowUp || count > 0) this.#gate.count(request, target);
      if (over !== undefined) this.#gate.checkOpened(target, request);
      // An address instead of a name is asked for by no lookup.
      else if (isIP(target.host) !== 0) this.#gate.check(target.host, target, request);
      const answer = await exchange(
        {
          url,
          method,
          headers: sent,
          body,
          bodyBytesMax,
          ca,
          clock: this.#deps.clock,
          over: over && ((limited) => dialled(over, target, limited)),
          lookup: this.#gate.lookupOf(target, request, signal),
          checkPeer: (address) => this.#gate.check(address, target, request),
        },
        signal,
      );
      const location = answer.headers["location"];
      if (followed === 0 || !REDIRECTS.includes(answer.status) || typeof location !== "string") return answer;
      if (count >= followed) throw new EgressRefusal("too-many-redirects");
      if (!URL.canParse(location, url.href)) throw new EgressRefusal("blocked");
      const next = new URL(location, url.href);
      // What was meant for one origin is none of another's business.
      if (next.origin !== url.origin) sent = {};
      if (answer.status !== 307 && answer.status !== 308 && method !== "HEAD") [method, body] = ["GET", undefined];
      else if (next.origin !== url.origin) body = undefined;
      text = next.href;
    }
  }

  async #timed<T extends { readonly ok: true }>(
    signal: AbortSignal,
    work: (limited: AbortSignal) => Promise<T>,
  ): Promise<(T & { readonly durationMs: number }) | EgressFailed> {
    const { clock } = this.#deps;
    const startedMs = clock.monotonic();
    const limit = deadline(clock, DURATION_MS_MAX, signal);
    try {
      limit.signal.throwIfAborted();
      const answer = await work(limit.signal);
      return { ...answer, durationMs: clock.monotonic() - startedMs };
    } catch (error) {
      const failure = limit.signal.aborted && !(error instanceof EgressRefusal) ? "timed-out" : failureOf(error);
      return { ok: false, failure, detail: EGRESS_FAILURES[failure], durationMs: clock.monotonic() - startedMs };
    } finally {
      limit.done();
    }
  }
}

async function dialled(over: Over, { host, port }: EgressTarget, signal: AbortSignal): Promise<Duplex> {
  const stream = await over(host, port, signal);
  // Without a listener a late error would end the program.
  stream.on("error", () => undefined);
  return stream;
}

/** The first of some addresses that answers; throws what the last one said. */
async function connected(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  let last: unknown;
  for (const address of addresses) {
    try {
      return await connectTo(address, port, signal);
    } catch (error) {
      signal.throwIfAborted();
      last = error;
    }
  }
  throw last;
}

function connectTo(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const settle = (end: () => void): void => {
      signal.removeEventListener("abort", abort);
      socket.off("connect", done);
      socket.off("error", fail);
      // Without a listener a late error would end the program.
      socket.on("error", () => undefined);
      end();
    };
    const abort = (): void =>
      settle(() => {
        socket.destroy();
        reject(signal.reason as Error);
      });
    signal.addEventListener("abort", abort, { once: true });
    const done = (): void => settle(() => resolve(socket));
    const fail = (error: Error): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    socket.once("connect", done);
    socket.once("error", fail);
  });
}
