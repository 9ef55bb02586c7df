import { ENDING_SIGNALS, judgeEffect, SIGNAL_NAMES, seenBefore, wait } from "@muster/core";
import type { Clock, Container, Execution, Outcome } from "@muster/core";
import type { Effect } from "../../service-driver.ts";
import type { Engine } from "../../engine/engine.ts";

export interface ContainerActDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly settleMs: number;
}

const LOOK_MS = [50, 100, 200, 500, 1_000] as const;
/** A health check that says nothing for so long does not hold up the answer; what it says later is seen by everybody. */
const CHECK_WAIT_MS = 60_000;
/** A process may take its time to end; one that ignores the signal is told as such after this. */
const KILL_WAIT_MS = 15_000;

/** One effect on one container, until it is observed or is not going to come. Never throws. */
export async function actOnContainer(effect: Effect, deps: ContainerActDeps, signal: AbortSignal): Promise<Execution> {
  const { engine } = deps;
  const { verb, name, args } = effect;
  const killSignal = String(args["signal"] ?? "KILL");
  if (!(SIGNAL_NAMES as readonly string[]).includes(killSignal)) return failed(`${killSignal} is no signal to send`);
  let isAsked = false;
  try {
    const before = await engine.inspect(name, signal);
    if (before === undefined) return failed(`there is no container ${name}`);
    isAsked = true;
    const posted = await engine.post(verb, before.id, killSignal, signal);
    if (posted === undefined) return failed(`the engine cannot ${verb} a container`);
    if (posted.status === 401 || posted.status === 403) {
      return { outcome: "refused", detail: `the engine denies it: ${posted.message || posted.status}` };
    }
    // 409 and 500 say that the effect did not come, or did not come whole: what is there now decides.
    if (verb === "kill" && posted.status === 204 && !ENDING_SIGNALS.includes(killSignal)) {
      return { outcome: "succeeded", detail: `SIG${killSignal} was delivered` };
    }
    const seen = await observe(effect, before, deps, signal);
    const said = seen.is === "failed" && posted.message !== "" ? `; the engine says: ${posted.message}` : "";
    return { outcome: seen.is, detail: `${seen.detail}${said}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (signal.aborted) return { outcome: "unknown", detail: `nobody waited longer for ${name}: ${why}` };
    return isAsked ? { outcome: "unknown", detail: why } : failed(why);
  }
}

async function observe(
  effect: Effect,
  before: Container,
  deps: ContainerActDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { engine, clock, settleMs } = deps;
  const { verb, args } = effect;
  const startedMs = clock.monotonic();
  let settling: { readonly run: string | null; readonly untilMs: number } | undefined;
  for (let look = 0; ; look++) {
    signal.throwIfAborted();
    const container = await engine.inspect(before.id, signal);
    const after = container?.status;
    const judged = judgeEffect(verb, seenBefore(before.status), after, args);
    const isStarted = verb === "start" || verb === "restart";
    if (isStarted && settling !== undefined && after !== undefined && after.run !== settling.run) {
      return { is: "failed", detail: "it ended at once, and Docker started it again" };
    }
    if (isStarted && judged.is === "succeeded" && container !== undefined && after?.state === "running") {
      settling ??= { run: after.run, untilMs: clock.monotonic() + (after.run === before.status.run ? 0 : settleMs) };
      const leftMs = settling.untilMs - clock.monotonic();
      if (leftMs > 0) {
        await wait(clock, leftMs, signal);
        continue;
      }
      if (container.check === "starting" && clock.monotonic() - startedMs < CHECK_WAIT_MS) {
        await wait(clock, LOOK_MS.at(-1) ?? 1_000, signal);
        continue;
      }
      if (after.health === "unhealthy") return { is: "failed", detail: `it runs, and ${after.healthDetail}` };
      const check = container.check === "starting" ? "; its health check has not said yet" : "";
      return { is: "succeeded", detail: `${judged.detail}${check}` };
    }
    if (judged.is !== "pending") return judged;
    if (verb === "kill" && clock.monotonic() - startedMs > KILL_WAIT_MS) {
      return { is: "failed", detail: "the signal was delivered and did not end it" };
    }
    await wait(clock, LOOK_MS[Math.min(look, LOOK_MS.length - 1)] ?? 1_000, signal);
  }
}

const failed = (detail: string): Execution => ({ outcome: "failed", detail });
