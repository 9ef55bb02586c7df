import { SteadyInstant, parseVirgilio, virgilioUptimeSeconds } from "@muster/core";
import type { Clock, Execution, PullReading } from "@muster/core";
import { PullFailure } from "../pull-adapter.ts";
import type { PullAdapter, PullAdapterKind, PullConfig, PullDeps } from "../pull-adapter.ts";
import { PullClient, headerOf, understood } from "../pull-client.ts";
import { bases } from "./bases.ts";
import { observeReboot } from "./observe-reboot.ts";

/** How it says that a token is missing or wrong. */
const DENIAL = /^\s*\{\s*"detail"\s*:\s*"(?:Missing bearer token|Invalid token)"\s*\}\s*$/;
/** Set where nobody set one. */
const DEFAULT_TOKEN = "monitor-token";
const DEFAULT_TOKEN_WARNING = "its token is the one that everybody knows (monitor-token): set another";
/** A start that is reckoned from whole seconds wavers by one or two. */
const SAME_START_MS = 10_000;

/**
 * The agent of Virgilio: `GET /metrics` is read now (`/metrics/latest` is as old as the last call), `POST /reboot`
 * answers 202, 403 where it is switched off, 500 and 502 when it did not work. Every path may be below `/api`.
 */
export const virgilioKind: PullAdapterKind = {
  name: "virgilio",
  create: (config, deps) => new VirgilioAdapter(config, deps),
};

class VirgilioAdapter implements PullAdapter {
  readonly #config: PullConfig;
  readonly #deps: PullDeps;
  readonly #client: PullClient;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #start = new SteadyInstant();
  /** Whichever of the two bases answered. */
  #base: string | undefined;
  #reportedAt: number | undefined;

  constructor(config: PullConfig, deps: PullDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#client = new PullClient(config, deps);
    const { secret = "" } = config;
    this.#headers = secret === "" ? {} : headerOf("authorization", `Bearer ${secret}`);
  }

  async read(signal: AbortSignal): Promise<PullReading> {
    const body = await this.#metrics(signal);
    const { clock } = this.#deps;
    const reading = understood(this.#client.box, () => parseVirgilio(body, { now: clock.now() }));
    const { sourceAt, facts, warnings = [] } = reading;
    // Each call is read anew there: the same time twice is the answer of something in between.
    if (sourceAt !== undefined && sourceAt === this.#reportedAt)
      throw new PullFailure(
        "answer",
        `${this.#client.box} gives the same reading again; is there a cache in front of it?`,
      );
    this.#reportedAt = sourceAt;
    const startedAt = facts?.startedAt;
    return {
      ...reading,
      ...(typeof startedAt === "number" && facts !== undefined
        ? { facts: { ...facts, startedAt: this.#start.take(startedAt, SAME_START_MS) } }
        : {}),
      warnings: this.#config.secret === DEFAULT_TOKEN ? [...warnings, DEFAULT_TOKEN_WARNING] : warnings,
    };
  }

  async reboot(signal: AbortSignal): Promise<Execution> {
    const { clock, turns } = this.#deps;
    const done = await turns.run(this.#client.box, () => this.#reboot(clock, signal), signal);
    if (done === "busy")
      return { outcome: "failed", detail: "too many actions wait for this server; nothing was sent" };
    if (done === "aborted") return { outcome: "unknown", detail: "nobody waits for it any more; nothing was sent" };
    return done;
  }

  async #reboot(clock: Clock, signal: AbortSignal): Promise<Execution> {
    const sentMs = clock.monotonic();
    for (const base of bases(this.#client.basePath)) {
      const address = this.#client.address("reboot", base);
      const answer = await this.#client.effect({ method: "POST", address, headers: this.#headers }, signal);
      // There is no such path, so nothing has happened: it may be below the other base.
      if (answer.is === "failed" && answer.status === 404) continue;
      if (answer.is === "denied")
        return {
          outcome: "refused",
          detail: `${answer.detail}: the token is wrong, or reboots are switched off there`,
        };
      if (answer.is === "failed") return { outcome: "failed", detail: `it was not rebooted: ${answer.detail}` };
      return observeReboot(sentMs, async () => virgilioUptimeSeconds(await this.#metrics(signal)), clock, signal);
    }
    return { outcome: "failed", detail: "it has no path for a reboot; nothing was sent" };
  }

  /** Below the address as it was entered, or below the other base when there is nothing. */
  async #metrics(signal: AbortSignal): Promise<string> {
    const tried = this.#base === undefined ? bases(this.#client.basePath) : [this.#base];
    for (const [index, base] of tried.entries()) {
      const answer = await this.#client.look(this.#client.address("metrics", base), { headers: this.#headers }, signal);
      if (answer.status === 404 && index + 1 < tried.length) continue;
      if (answer.status === 401 && DENIAL.test(answer.body.toString("utf8")))
        throw new PullFailure("sign-in", `${this.#client.box} does not know the token: check it.`, "virgilio");
      const body = this.#client.bodyOf(answer);
      this.#base = base;
      return body;
    }
    throw new PullFailure("answer", `${this.#client.box} has no metrics.`);
  }
}
