import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Cancellable, Random } from "@muster/core";
import { CLOSE } from "@muster/protocol";
import type { Membership } from "../wire/membership.ts";
import { ClosedByHub } from "./greeting.ts";
import { HubMemory } from "./hub-memory.ts";
import type { HubMemoryDeps } from "./hub-memory.ts";
import { LiveSession } from "./live-session.ts";
import type { LiveSessionDeps } from "./live-session.ts";
import { openSession } from "./open-session.ts";
import type { OpenedSession, OpenSessionDeps } from "./open-session.ts";
import { retryAfter } from "./retry.ts";

/** An agent that nobody accepts stops after this. */
const PENDING_MS_MAX = 72 * HOUR_MS;
/** A session that lasted this long was a good one: the next failure starts the waits anew. */
const STEADY_MS = 30_000;

export interface UplinkDeps extends HubMemoryDeps, OpenSessionDeps, LiveSessionDeps {
  readonly random: Random;
  /** `listens`: the hub dials, and paces the attempts; there is no waiting here. */
  readonly way: "dials" | "listens";
  readonly outbox: LiveSessionDeps["outbox"];
  /** The hub will not have this agent any more. */
  readonly ended: (why: UplinkEnd) => void;
}

export type UplinkEnd = "revoked" | "never-accepted";

/**
 * `connecting`: on the way to `ready`, a new name look-up each time. `ready`: both sides have proved themselves.
 * `waiting`: for the next attempt. `stopped`: by us. `ended`: by the hub, for good.
 */
type State =
  | { readonly is: "idle" | "stopped" | "ended" }
  | { readonly is: "connecting"; readonly abort: AbortController }
  | { readonly is: "waiting"; readonly timer: Cancellable }
  | { readonly is: "ready"; readonly session: LiveSession };

/** The agent's way to its hub, kept up as long as it runs. */
export class Uplink {
  readonly #deps: UplinkDeps;
  readonly #memory: HubMemory;
  #state: State = { is: "idle" };
  #attempt = 0;
  #loggedFailure = "";
  #minuteMs: number;
  #hourMs: number;

  constructor(membership: Membership, deps: UplinkDeps) {
    this.#deps = deps;
    this.#memory = new HubMemory(membership, deps);
    this.#minuteMs = this.#hourMs = deps.clock.monotonic();
  }

  get state(): State["is"] {
    return this.#state.is;
  }

  /** How far this machine's clock is ahead of the hub's; undefined while not connected. */
  get clockOffsetMs(): number | undefined {
    return this.#state.is === "ready" ? this.#state.session.clockOffsetMs : undefined;
  }

  start(): void {
    this.#connect();
  }

  /** Closes politely. What is not acknowledged waits on disk afterwards. */
  stop(): void {
    const state = this.#state;
    if (state.is === "stopped") return;
    this.#become({ is: "stopped" });
    if (state.is === "ready") state.session.leave();
    this.#memory.save();
  }

  /** Called at every round: everything that is done now and then hangs on it, so that no timer of its own is needed. */
  tick(): void {
    if (this.#state.is !== "ready") return;
    const { session } = this.#state;
    const { clock, outbox, keys } = this.#deps;
    session.check();
    if (session.isOver) return;
    const nowMs = clock.monotonic();
    if (nowMs - session.sinceMs > STEADY_MS) this.#attempt = 0;
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      outbox.nudge();
      session.tellResults();
      void session.news.tellPolicy();
    }
    if (nowMs - this.#hourMs >= HOUR_MS) {
      this.#hourMs = nowMs;
      void session.news.tellFacts();
    }
    if (this.#memory.saveHourly() && this.#memory.isKeyOld) session.announceKey(keys.makeNext());
  }

  /** Somebody dialled while nobody was waited for. */
  doubt(): void {
    if (this.#state.is === "ready") this.#state.session.doubt();
  }

  /** The only place where the state changes. */
  #become(next: State): void {
    const before = this.#state;
    this.#state = next;
    if (before.is === "waiting") before.timer.cancel();
    if (before.is === "connecting") before.abort.abort(new Error("no longer wanted"));
    if (before.is === "ready") before.session.end();
    this.#deps.log.debug("uplink", { from: before.is, to: next.is });
  }

  #connect(): void {
    const abort = new AbortController();
    this.#become({ is: "connecting", abort });
    openSession(this.#memory.known, this.#deps, abort.signal).then(
      (opened) => (abort.signal.aborted ? opened.channel.close(1000) : this.#begin(opened)),
      (error: unknown) => {
        if (!abort.signal.aborted) this.#failed(error);
      },
    );
  }

  #begin(opened: OpenedSession): void {
    const { log, keys } = this.#deps;
    const { known } = this.#memory;
    const { ready } = opened;
    const session = new LiveSession(opened, this.#memory, this.#deps, (end) => this.#failed(end));
    this.#become({ is: "ready", session });
    this.#loggedFailure = "";
    const clockOffsetMs = Math.round(session.clockOffsetMs ?? 0);
    const hub = this.#deps.way === "dials" ? known.hubUrl : "dialled us";
    log.info("connected to the hub", { hub, state: ready.state, clockOffsetMs });
    if (ready.epoch < known.epoch)
      log.error("the hub was restored from a backup: its commands are refused", { epoch: ready.epoch });
    const isNews = known.hubTimeSeenAt === 0 || keys.isTrying;
    this.#memory.learnReady(ready, keys.isTrying);
    keys.confirm();
    if (isNews) this.#memory.save();
    session.listen();
    if (session.isOver) return;
    if (ready.state === "pending" && this.#memory.keyAgeMs > PENDING_MS_MAX) return this.#end("never-accepted");
    // The hub takes nothing but life signs; what is read waits in the spool.
    if (ready.state !== "active") return;
    if (this.#memory.isKeyOld) return session.announceKey(keys.makeNext());
    session.serve();
  }

  #failed(end: unknown): void {
    const { log, clock, random, keys, way } = this.#deps;
    if (keys.isTrying && end instanceof ClosedByHub && end.isProven && end.code === CLOSE.badProof) {
      log.warn("the hub does not know the new key; the old one goes on");
      keys.giveUpNext();
      this.#memory.renewKeyTerm();
      end = undefined;
    }
    const retry = retryAfter(end, this.#attempt++, random);
    if (retry.is === "never") return this.#end("revoked");
    const why = end instanceof Error ? end.message : "";
    // Once a streak: a hub that is away for a night needs no thousand lines.
    if (why !== "" && why !== this.#loggedFailure) {
      this.#loggedFailure = why;
      log.warn("not connected to the hub", { why, ...(way === "dials" && { retryMs: retry.delayMs }) });
    }
    if (way === "listens") return this.#connect();
    this.#become({ is: "waiting", timer: clock.after(retry.delayMs, () => this.#connect()) });
  }

  #end(why: UplinkEnd): void {
    const before = this.#state;
    this.#become({ is: "ended" });
    if (before.is === "ready") before.session.leave();
    this.#deps.log.error("the hub does not have this agent any more", { why });
    this.#memory.save();
    this.#deps.ended(why);
  }
}
