import {
  exitText,
  grantUnitName,
  isPowerUnit,
  isStartLimitHit,
  judgeEffect,
  seenBefore,
  unitStatus,
} from "@muster/core";
import { wait } from "@muster/core";
import type { Clock, Execution, ServiceKey, ServiceStatus, Unit, Verb } from "@muster/core";
import { type SystemdManager, complaintOf } from "./systemd-manager.ts";

export interface UnitEffect {
  readonly verb: Verb;
  /** As systemd calls it; has passed the grammar of names. */
  readonly unit: string;
  readonly key: ServiceKey;
}

export interface UnitActDeps {
  readonly manager: SystemdManager;
  readonly clock: Clock;
  readonly settleMs: number;
  /** Who the agent is, and what would let it do what was denied. */
  readonly grant: (effect: UnitEffect, signal: AbortSignal) => Promise<string>;
}

const COMMANDS: Readonly<Partial<Record<Verb, string>>> = {
  start: "start",
  stop: "stop",
  restart: "restart",
  reload: "reload",
  enable: "enable",
  disable: "disable",
  reset: "reset-failed",
};
/** These services say themselves when they are ready, or are done when systemd says so. */
const SELF_TOLD_TYPES = new Set(["", "notify", "notify-reload", "oneshot", "dbus"]);
const DENIED = /authentication required|access denied|permission denied|not permitted|not authorized/i;
const LOOK_MS = [50, 100, 200, 500] as const;

/** One effect on one unit, until it is observed or is not going to come. Never throws. */
export async function actOnUnit(effect: UnitEffect, deps: UnitActDeps, signal: AbortSignal): Promise<Execution> {
  const { verb, unit, key } = effect;
  const command = COMMANDS[verb];
  if (command === undefined) return failed(`systemd cannot ${verb}`);
  if (isPowerUnit(unit)) return { outcome: "refused", detail: `${unit} ends the machine: that is server.reboot` };
  const { manager } = deps;
  let isAsked = false;
  try {
    const [before] = await manager.show([unit], signal);
    if (before === undefined || before.loadState === "not-found") return failed(`there is no unit ${unit}`);
    if (before.loadState === "masked" && (verb === "start" || verb === "restart")) return failed(`${unit} is masked`);
    isAsked = true;
    const { exitCode, stderr } = await ask(effect, command, manager, signal);
    const complaint = exitCode === 0 ? "" : complaintOf(stderr);
    if (exitCode !== 0 && DENIED.test(stderr)) {
      return { outcome: "refused", detail: `${complaint} ${await deps.grant(effect, signal)}` };
    }
    const seen = await observe(effect, unitStatus(before, key), deps, signal);
    if (verb === "reload") return reloaded(seen, exitCode, complaint);
    const isOver = (verb === "start" || verb === "restart") && seen.unit?.activeState === "inactive";
    return isOver ? ended(seen.unit, exitCode, complaint) : told(seen, complaint);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (signal.aborted) return { outcome: "unknown", detail: `nobody waited longer for ${unit}: ${why}` };
    return isAsked ? { outcome: "unknown", detail: why } : failed(why);
  }
}

/**
 * Asks systemd. Enabling and disabling are one right for all units, which an agent of few rights does not have: where
 * root granted just this one, a unit of root's own does it, and starting that is what the agent may.
 */
async function ask({ verb, unit }: UnitEffect, command: string, manager: SystemdManager, signal: AbortSignal) {
  const asked = await manager.run(command, unit, signal);
  if ((verb !== "enable" && verb !== "disable") || asked.exitCode === 0 || !DENIED.test(asked.stderr)) return asked;
  const granted = grantUnitName(verb, unit);
  if (granted === undefined) return asked;
  const [known] = await manager.show([granted], signal);
  return known?.loadState === "loaded" ? manager.run("start", granted, signal) : asked;
}

interface Seen {
  readonly judged: Exclude<ReturnType<typeof judgeEffect>, { is: "pending" }>;
  readonly unit: Unit | undefined;
}

/** Looks until systemd has no job for the unit any more and its state says what came; then, once it has settled. */
async function observe(
  effect: UnitEffect,
  before: ServiceStatus,
  deps: UnitActDeps,
  signal: AbortSignal,
): Promise<Seen> {
  const { verb, key } = effect;
  const { manager, clock, settleMs } = deps;
  let settling: { readonly run: string | null; readonly untilMs: number } | undefined;
  for (let look = 0; ; look++) {
    const [shown] = await manager.show([effect.unit], signal);
    const unit = shown === undefined || shown.loadState === "not-found" ? undefined : shown;
    const after = unit && unitStatus(unit, key);
    const judged = unit?.isBusy === true ? { is: "pending" as const } : judgeEffect(verb, seenBefore(before), after);
    if (settling !== undefined && after !== undefined && after.run !== settling.run) {
      return { judged: { is: "failed", detail: "it ended at once, and systemd started it again" }, unit };
    }
    if (
      judged.is === "succeeded" &&
      unit !== undefined &&
      after?.state === "running" &&
      mayStillEnd(verb, before, after, unit)
    ) {
      settling ??= { run: after.run, untilMs: clock.monotonic() + settleMs };
      const leftMs = settling.untilMs - clock.monotonic();
      if (leftMs > 0) {
        await wait(clock, leftMs, signal);
        continue;
      }
    }
    if (judged.is !== "pending") return { judged, unit };
    await wait(clock, LOOK_MS[Math.min(look, LOOK_MS.length - 1)] ?? 500, signal);
  }
}

/** Of a program that says nothing of itself systemd knows only that it was started. */
const mayStillEnd = (verb: Verb, before: ServiceStatus, after: ServiceStatus, unit: Unit): boolean =>
  (verb === "start" || verb === "restart") && after.run !== before.run && !SELF_TOLD_TYPES.has(unit.type);

/**
 * A start after which nothing runs and nothing failed. Jobs are meant to end; a daemon that ends at once, even with
 * exit 0, does not run. Of a job that nothing else needs systemd forgets all but a failure, so that is no proof of a run.
 */
function ended(unit: Unit | undefined, exitCode: number | null, complaint: string): Execution {
  const isJob = unit !== undefined && (unit.type === "oneshot" || unit.triggeredBy.length > 0);
  if (isJob && exitCode === 0) return { outcome: "succeeded", detail: "it ran and ended, and did not fail" };
  const how = exitText(unit?.lastExit ?? null);
  return failed(
    `it ended at once${how === "" ? "" : `: ${how}`}${complaint === "" ? "" : `; systemd says: ${complaint}`}`,
  );
}

function told({ judged, unit }: Seen, complaint: string): Execution {
  if (judged.is !== "failed") return { outcome: judged.is, detail: judged.detail };
  const limit =
    unit !== undefined && isStartLimitHit(unit) ? "; started too often: service.reset lets it start again" : "";
  // "Job for … failed" says less than the state does.
  const said = complaint === "" || complaint.startsWith("Job for ") ? "" : `; systemd says: ${complaint}`;
  return failed(`${judged.detail}${limit}${said}`);
}

/** A reload leaves no other trace than the result that systemd keeps of it. */
function reloaded({ judged, unit }: Seen, exitCode: number | null, complaint: string): Execution {
  if (judged.is === "failed") return failed(judged.detail);
  const result = unit?.reloadResult ?? "";
  if (exitCode !== 0 || (result !== "" && result !== "success")) {
    return failed(
      `it did not reload and runs on as it was: ${result === "success" || result === "" ? complaint : result}`,
    );
  }
  return { outcome: "succeeded", detail: "it reloaded, and the same run goes on" };
}

const failed = (detail: string): Execution => ({ outcome: "failed", detail });
