import { wait } from "@muster/core";
import type { ChannelVerb, Clock, Execution, IpvtlChannel, WatchedChannel } from "@muster/core";
import { PullFailure } from "../pull-adapter.ts";
import type { BoxLook, IpvtlBox } from "./ipvtl-box.ts";

/** How long a stop, and after it a start, may take until it shows. */
const OBSERVED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
const WITHIN = `within ${OBSERVED_WITHIN_MS / 1_000} s`;
/** Running times are whole seconds, and may be rounded up. */
const ROUNDING_SECONDS = 1;
/** A channel that ends at once shows a clock for a moment, too. */
const MOVED_COUNT = 2;

export interface ChannelAction {
  readonly box: IpvtlBox;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const succeeded = (detail: string): Execution => ({ outcome: "succeeded", detail });
const failed = (detail: string): Execution => ({ outcome: "failed", detail });
const unknown = (detail: string): Execution => ({ outcome: "unknown", detail });

/**
 * Starts, stops or restarts a channel. The box has no verb for a restart: it is a stop, seen, and then a start, seen to
 * run and to move on. Nothing is ever sent twice; what becomes of a lost answer is looked at.
 */
export async function actOnChannel(verb: ChannelVerb, number: number, action: ChannelAction): Promise<Execution> {
  const before = await looked(number, action);
  if ("failure" in before) return failed(`${before.failure} Nothing was sent.`);
  if ("list" in before) return { outcome: "refused", detail: before.list };
  const { state } = before.watched.channel;
  const said = words(before.watched.channel);
  if (state === "unknown") return failed(`its state is not known (${said}); nothing was sent`);
  if (verb === "start" && state === "running") return succeeded(`it ran already: ${said}`);
  if (verb === "stop" && state === "idle") return succeeded("it was stopped already");
  if (state !== "idle") {
    const stopped = await stop(number, state === "stopping" ? "is stopping" : "runs", action);
    if (stopped !== "idle") return "again" in stopped ? begunByItself(verb, stopped.again) : stopped;
    if (verb === "stop") return succeeded("it is idle");
  }
  return start(number, action);
}

/** How a wait for idle ended; `again`: the box itself had started it anew before it was seen idle. */
type Stopped = "idle" | { readonly again: string } | Execution;

const begunByItself = (verb: ChannelVerb, said: string): Execution =>
  verb === "restart"
    ? succeeded(`a new run, which the box began by itself: ${said}`)
    : failed(`the box started it again by itself (autoRestart): ${said}`);

async function stop(number: number, is: "runs" | "is stopping", action: ChannelAction): Promise<Stopped> {
  const { box, clock, signal } = action;
  const sentMs = clock.monotonic();
  if (is === "runs") {
    const answer = await box.effect(number, "stop", signal);
    if (answer.is === "denied") return { outcome: "refused", detail: answer.detail };
    if (answer.is === "failed") return failed(`it was not stopped: ${answer.detail}`);
  }
  let last: Looked | undefined;
  while (clock.monotonic() - sentMs < OBSERVED_WITHIN_MS) {
    last = await looked(number, action);
    if (signal.aborted) break;
    if ("list" in last) return failed(`${last.list}. A stop was sent, and no start.`);
    if ("watched" in last) {
      const { state, uptimeSeconds } = last.watched.channel;
      const said = words(last.watched.channel);
      if (state === "idle") return "idle";
      const sinceSeconds = (last.look.times.askedMs - sentMs) / 1_000;
      const isNew = state === "running" && uptimeSeconds !== null && uptimeSeconds + ROUNDING_SECONDS < sinceSeconds;
      if (isNew && is === "runs") return { again: said };
    }
    await wait(clock, LOOK_EVERY_MS, signal);
  }
  if (signal.aborted) return unknown("nobody waits for it any more; a stop was sent");
  if (last === undefined || !("watched" in last)) return unknown("a stop was sent; since then the box cannot be read");
  const { state } = last.watched.channel;
  const said = words(last.watched.channel);
  if (state === "unknown") return unknown(`a stop was sent; now its state is not known (${said})`);
  return failed(`it did not stop ${WITHIN}, and was not started: it is ${said}`);
}

async function start(number: number, action: ChannelAction): Promise<Execution> {
  const { box, clock, signal } = action;
  const sentMs = clock.monotonic();
  const answer = await box.effect(number, "start", signal);
  if (answer.is === "denied") return { outcome: "refused", detail: answer.detail };
  if (answer.is === "failed") return failed(`it was not started: ${answer.detail}`);
  const progress = new StartProgress(sentMs);
  while (clock.monotonic() - sentMs < OBSERVED_WITHIN_MS) {
    await wait(clock, LOOK_EVERY_MS, signal);
    const now = await looked(number, action);
    if (signal.aborted) break;
    if ("list" in now) return unknown(`${now.list}. A start was sent.`);
    const verdict = progress.take(now);
    if (verdict !== undefined) return verdict;
  }
  return signal.aborted ? unknown("nobody waits for it any more; a start was sent") : progress.verdictAtEnd();
}

/** Judges looks after a start: it must run, as a run of this start, send frames, and its clock must move. */
class StartProgress {
  readonly #sentMs: number;
  #newestSeconds: number | undefined;
  /** Looks that found the clock further on than the one before. */
  #movedCount = 0;
  #last: Looked | undefined;

  constructor(sentMs: number) {
    this.#sentMs = sentMs;
  }

  /** Undefined while it cannot be told yet. */
  take(now: Looked): Execution | undefined {
    this.#last = now;
    if (!("watched" in now)) return undefined;
    const { state, uptimeSeconds, framesPerSecond } = now.watched.channel;
    const said = words(now.watched.channel);
    if (state === "idle" && this.#newestSeconds !== undefined) return failed("it started and ended at once");
    if (state !== "running" || uptimeSeconds === null || !this.#isOfThisStart(uptimeSeconds, now.look))
      return undefined;
    if (uptimeSeconds > (this.#newestSeconds ?? uptimeSeconds)) this.#movedCount++;
    this.#newestSeconds = uptimeSeconds;
    return this.#movedCount >= MOVED_COUNT && (framesPerSecond ?? 0) > 0 ? succeeded(`a new run: ${said}`) : undefined;
  }

  verdictAtEnd(): Execution {
    const last = this.#last;
    if (last === undefined || !("watched" in last))
      return unknown("a start was sent; since then the box cannot be read");
    const { state, uptimeSeconds, framesPerSecond } = last.watched.channel;
    const said = words(last.watched.channel);
    if (state === "unknown") return unknown(`a start was sent; now its state is not known (${said})`);
    if (state !== "running") return failed(`it does not run ${WITHIN}: it is ${said}`);
    if (uptimeSeconds === null) return unknown(`it runs, but does not tell whether it moves on: ${said}`);
    if (!this.#isOfThisStart(uptimeSeconds, last.look))
      return failed(`it runs for longer than since this start: ${said}`);
    const what = framesPerSecond === 0 ? "sends no frames" : "does not move on";
    return failed(`it runs, but ${what}: ${said}`);
  }

  #isOfThisStart(uptimeSeconds: number, { times }: BoxLook): boolean {
    return uptimeSeconds <= (times.gotMs - this.#sentMs) / 1_000 + ROUNDING_SECONDS;
  }
}

/** A status that cannot be read for its numbers is among the words of the state already. */
const words = ({ rawState, status }: IpvtlChannel): string =>
  rawState.endsWith(status) ? rawState : `${rawState} ${status}`;

type Looked =
  | { readonly watched: WatchedChannel; readonly look: BoxLook }
  | { readonly failure: string }
  | { readonly list: string };

/** One look at one channel. `list`: its number may be another's by now. */
async function looked(number: number, { box, signal }: ChannelAction): Promise<Looked> {
  try {
    const look = await box.look(signal);
    if (look.listProblem !== undefined) return { list: look.listProblem };
    const watched = look.channels.find(({ channel }) => channel.number === number);
    return watched === undefined ? { failure: "There is no such channel." } : { watched, look };
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    return { failure: error.message };
  }
}
