import { decide } from "@muster/core";
import type { Clock, Instant, LoadedPolicy, Logger, LogQuery, LogStreamItem, PolicyDecision } from "@muster/core";
import type { LogReader } from "./log-source.ts";
import { parseLogQuery } from "./log-query.ts";

export interface LogStreamsDeps {
  readonly reader: LogReader;
  /** The policy as the file is at this moment. */
  readonly policy: () => Promise<LoadedPolicy>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A log that is followed is looked at again so often: who took the entry out of the policy ends the reading. */
const RECHECK_MS = 5_000;
const USES_MAX = 1_000;

/** Opens logs for the hub: each only when the server's own policy names it, and only as long as it does. */
export class LogStreams {
  readonly #deps: LogStreamsDeps;
  /** When each entry was used, for its limits; in memory, because reading leaves nothing behind that a journal must know. */
  readonly #uses = new Map<string, Instant[]>();

  constructor(deps: LogStreamsDeps) {
    this.#deps = deps;
  }

  /** Throws with a sentence that begins with `policy: ` when the policy refuses, and as the reader does. */
  async *open(params: unknown, signal: AbortSignal): AsyncGenerator<LogStreamItem, void, undefined> {
    const { reader, policy, clock, log } = this.#deps;
    const query = parseLogQuery(params);
    if (query === undefined) throw new Error("the question about a log has a wrong form");
    const loaded = await policy();
    // Closed meanwhile: an abort that is over would end no reading that begins now.
    if (signal.aborted) return;
    const decision = this.#decide(loaded, query, true);
    if (!decision.allow) {
      log.warn("reading a log was refused", { driver: query.driver, name: query.name, why: decision.why });
      throw new Error(`policy: ${decision.why}`);
    }
    const entry = loaded.policy.allow[decision.entry];
    if (entry !== undefined) this.#note(JSON.stringify(entry), clock.now());
    log.info("a log is read", { driver: query.driver, name: query.name, follow: query.follow });

    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    let refused: string | undefined;
    const recheck = async (): Promise<void> => {
      const now = this.#decide(await policy(), query, false);
      if (stop.signal.aborted) return;
      if (now.allow) timer = clock.after(RECHECK_MS, () => void recheck());
      else {
        refused = now.why;
        stop.abort();
      }
    };
    let timer = clock.after(RECHECK_MS, () => void recheck());
    try {
      for await (const item of reader.read(query, stop.signal)) {
        if (stop.signal.aborted) break;
        yield item;
      }
      if (refused !== undefined) throw new Error(`policy: ${refused}`);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
      stop.abort();
    }
  }

  /** @param isNew limits in time count for what is opened, not for what stays open */
  #decide(loaded: LoadedPolicy, { driver, name }: LogQuery, isNew: boolean): PolicyDecision {
    return decide(
      loaded,
      { name: "logs.read", args: { driver, name } },
      (entry) => (isNew ? (this.#uses.get(JSON.stringify(entry)) ?? []) : []),
      this.#deps.clock.now(),
    );
  }

  #note(entry: string, at: Instant): void {
    this.#uses.set(entry, [...(this.#uses.get(entry) ?? []), at].slice(-USES_MAX));
  }
}
