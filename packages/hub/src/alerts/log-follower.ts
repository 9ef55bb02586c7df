import { backoffMs, isMusterError, LineRate, MINUTE_MS, MusterError, SECOND_MS, wait } from "@muster/core";
import type {
  BackoffConfig,
  Clock,
  Instant,
  LogCondition,
  LogItem,
  LogQuery,
  LogSource,
  Logger,
  Random,
} from "@muster/core";
import type { EvidenceView } from "@muster/protocol";

/** Which of its lines a log is asked for. */
export type LogAsk = Pick<LogQuery, "linesMax" | "follow" | "since" | "search">;

/** What comes of reading a log: its lines, that its past is out, and its end, with the error where it was lost. */
export type LogPiece =
  | { readonly is: "item"; readonly item: LogItem }
  | { readonly is: "caught-up" }
  | { readonly is: "ended"; readonly error: unknown };

/** A log of a server in which a rule looks for lines. */
export interface LogOrder {
  readonly ruleId: string;
  readonly serverId: string;
  readonly source: LogSource;
  readonly condition: LogCondition;
  /** More lines than this change nothing. */
  readonly countedMax: number;
}

/** How a log stands: nobody knows yet, it is read and counted, or it cannot be, for a reason. */
export type LogStanding =
  | { readonly is: "opening" }
  | { readonly is: "read"; readonly rate: LineRate }
  | { readonly is: "unreadable"; readonly why: string };

export interface LogFollowerDeps {
  /**
   * Opens a log in the name of whoever stands behind a rule, with the rights of this moment. Throws where nobody may, or
   * it is not there.
   */
  readonly open: (
    order: Pick<LogOrder, "ruleId" | "serverId" | "source">,
    choice: LogAsk,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<LogPiece>>;
  /** Whether whoever stands behind a rule may read logs still. */
  readonly mayRead: (ruleId: string) => Promise<boolean>;
  /** Who stands behind a rule: where that changes, its logs are opened anew. */
  readonly ownerOf: (ruleId: string) => string;
  /** Whether a server is there to be asked. */
  readonly isThere: (serverId: string) => boolean;
  /** Something came, or a log stands otherwise than before. */
  readonly changed: (serverId: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Logs that are followed at one time by all rules. */
export const LOGS_FOLLOWED_MAX = 1_000;
const LINES_KEPT = 20;
const LINE_CHARACTERS_MAX = 500;
/** Lines of one log that are taken in a second: what says more than this without end waits on its own server. */
const LINES_A_SECOND = 2_000;
const RECHECK_MS = MINUTE_MS;
const RETRY: BackoffConfig = { firstMs: 5 * SECOND_MS, factor: 2, capMs: 2 * MINUTE_MS, floorMs: SECOND_MS };
/** A refusal is not asked about often: each asking stands in the audit log. */
const REFUSED_MS = 10 * MINUTE_MS;

const NO_OWNER = "nobody who may read logs stands behind this rule; whoever may should save it again";
const TOO_MANY = `${LOGS_FOLLOWED_MAX} logs are followed already`;

const placeOf = ({ ruleId, source }: Pick<LogOrder, "ruleId" | "source">): string =>
  `${ruleId} ${source.driver}/${source.name}`;

interface Followed {
  readonly order: LogOrder;
  readonly signature: string;
  readonly ending: AbortController;
  readonly rate: LineRate;
  standing: LogStanding;
  /** Of the newest line that was counted, and when it counts. */
  last: { readonly cursor: string; readonly at: Instant } | undefined;
  readonly lines: EvidenceView["logLines"];
}

/**
 * Follows logs for rules, and counts the lines that they look for (AL38 to AL41). The server looks through its own log and sends
 * what fits. After a break it goes on behind the last line that was counted.
 */
export class LogFollower {
  readonly #deps: LogFollowerDeps;
  /** By server, then by rule and log. */
  readonly #followed = new Map<string, Map<string, Followed>>();
  #count = 0;

  constructor(deps: LogFollowerDeps) {
    this.#deps = deps;
  }

  stop(): void {
    for (const serverId of [...this.#followed.keys()]) this.want(serverId, []);
  }

  /** Of one server exactly these are followed from now on; how each stands, in the same order. */
  want(serverId: string, orders: readonly LogOrder[]): readonly LogStanding[] {
    const before = this.#followed.get(serverId) ?? new Map<string, Followed>();
    const wanted = new Set(orders.map(placeOf));
    for (const [place, followed] of before) if (!wanted.has(place)) this.#leave(before, place, followed);
    const standings = orders.map((order): LogStanding => {
      const place = placeOf(order);
      const signature = this.#signatureOf(order);
      const known = before.get(place);
      if (known?.signature === signature) return known.standing;
      if (known !== undefined) this.#leave(before, place, known);
      if (this.#count >= LOGS_FOLLOWED_MAX) return { is: "unreadable", why: TOO_MANY };
      const followed: Followed = {
        ...{ order, signature, ending: new AbortController(), rate: new LineRate(order.countedMax) },
        ...{ standing: { is: "opening" }, last: undefined, lines: [] },
      };
      before.set(place, followed);
      this.#count++;
      void this.#follow(followed);
      return followed.standing;
    });
    if (before.size > 0) this.#followed.set(serverId, before);
    else this.#followed.delete(serverId);
    return standings;
  }

  /** The newest lines that a rule counted in a log; undefined where it is not followed. */
  linesOf(ruleId: string, serverId: string, source: LogSource): EvidenceView["logLines"] | undefined {
    const lines = this.#followed.get(serverId)?.get(placeOf({ ruleId, source }))?.lines;
    return lines && [...lines];
  }

  #signatureOf({ ruleId, condition: { pattern, isExpression, windowMs }, countedMax }: LogOrder): string {
    return JSON.stringify([pattern, isExpression, windowMs, countedMax, this.#deps.ownerOf(ruleId)]);
  }

  #leave(before: Map<string, Followed>, place: string, followed: Followed): void {
    before.delete(place);
    this.#count--;
    followed.ending.abort();
  }

  #stands(followed: Followed, standing: LogStanding): void {
    followed.standing = standing;
    this.#deps.changed(followed.order.serverId);
  }

  async #follow(followed: Followed): Promise<void> {
    const { clock, random, log, isThere } = this.#deps;
    const { order, ending } = followed;
    let attempt = 0;
    while (!ending.signal.aborted) {
      if (!isThere(order.serverId)) {
        attempt = 0;
        await wait(clock, RETRY.firstMs, ending.signal);
        continue;
      }
      const begunMs = clock.monotonic();
      try {
        await this.#readOnce(followed);
      } catch (error) {
        if (ending.signal.aborted) return;
        // One that ends soon each time, as that of a container that has stopped, is asked for ever more rarely.
        if (clock.monotonic() - begunMs >= RETRY.capMs) attempt = 0;
        const isAway = isMusterError(error, "SERVER_OFFLINE");
        const isRefused = isMusterError(error, "ACTION_REFUSED") || isMusterError(error, "FORBIDDEN");
        const why = isMusterError(error, "FORBIDDEN") ? NO_OWNER : error instanceof Error ? error.message : "";
        if (!isMusterError(error)) log.debug("a log that a rule looks through was lost", { ...order.source, error });
        this.#stands(followed, isAway ? { is: "opening" } : { is: "unreadable", why });
        await wait(clock, isRefused ? REFUSED_MS : backoffMs(RETRY, attempt++, random), ending.signal);
      }
    }
  }

  /** Reads until the log is lost, and throws why. */
  async #readOnce(followed: Followed): Promise<never> {
    const { clock, open, mayRead } = this.#deps;
    const { order, ending } = followed;
    const { pattern: text, isExpression, windowMs } = order.condition;
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    ending.signal.addEventListener("abort", abort, { once: true });
    const startAt = Math.round(clock.now()) - windowMs;
    // What is older than the window counts for nothing any more, so that nobody looks through it again.
    const after = followed.last !== undefined && followed.last.at > startAt ? followed.last.cursor : undefined;
    const choice: LogAsk = {
      ...{ linesMax: order.countedMax, follow: true, search: { text, isExpression } },
      ...(after === undefined && { since: startAt }),
    };
    let isForbidden = false;
    const recheck = async (): Promise<void> => {
      isForbidden = !(await mayRead(order.ruleId).catch(() => false));
      if (stop.signal.aborted) return;
      if (isForbidden) stop.abort();
      else timer = clock.after(RECHECK_MS, () => void recheck());
    };
    let timer = clock.after(RECHECK_MS, () => void recheck());
    try {
      const pieces = await open(order, choice, after, stop.signal);
      await this.#take(followed, pieces, after === undefined ? "unknown" : "now");
    } finally {
      timer.cancel();
      ending.signal.removeEventListener("abort", abort);
      stop.abort();
    }
    throw isForbidden ? new MusterError("FORBIDDEN") : new Error("the log has ended");
  }

  /** `timeless`: when a line of the past counts that tells no time. */
  async #take(followed: Followed, pieces: AsyncIterable<LogPiece>, timeless: "now" | "unknown"): Promise<void> {
    const { clock } = this.#deps;
    let isBehind = true;
    let second = { sinceMs: clock.monotonic(), lines: 0 };
    for await (const piece of pieces) {
      if (piece.is === "ended") {
        if (piece.error !== undefined) throw piece.error;
        return;
      }
      if (piece.is === "caught-up") {
        isBehind = false;
        this.#stands(followed, { is: "read", rate: followed.rate });
        continue;
      }
      this.#takeItem(followed, piece.item, { isBehind, timeless });
      if (followed.standing.is !== "read") continue;
      const nowMs = clock.monotonic();
      if (nowMs - second.sinceMs >= SECOND_MS) {
        if (second.lines < LINES_A_SECOND) isBehind = false;
        second = { sinceMs: nowMs, lines: 0 };
      }
      if (++second.lines < LINES_A_SECOND) continue;
      isBehind = true;
      await wait(clock, second.sinceMs + SECOND_MS - nowMs, followed.ending.signal);
    }
  }

  #takeItem(
    followed: Followed,
    item: LogItem,
    { isBehind, timeless }: { readonly isBehind: boolean; readonly timeless: "now" | "unknown" },
  ): void {
    if ("gap" in item) return;
    const now = this.#deps.clock.now();
    // What comes as it is written counts as it comes, whatever the server's clock says.
    const at = isBehind ? Math.min(item.at ?? (timeless === "now" ? now : Number.NaN), now) : now;
    if (!Number.isFinite(at)) return;
    followed.rate.add(at);
    followed.last = { cursor: item.cursor, at };
    followed.lines.push({ at: item.at, text: item.text.slice(0, LINE_CHARACTERS_MAX) });
    if (followed.lines.length > LINES_KEPT) followed.lines.shift();
    this.#deps.changed(followed.order.serverId);
  }
}
